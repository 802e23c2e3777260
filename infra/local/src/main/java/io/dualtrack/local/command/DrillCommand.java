package io.dualtrack.local.command;

import io.dualtrack.local.command.DryDrillReport.Moved;
import io.dualtrack.local.review.DryDrill;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.control.UnknownSubjectException;
import io.dualtrack.operations.finance.CostTopics;
import io.dualtrack.operations.finance.WhatIf;
import io.dualtrack.review.ControlHistory;
import io.dualtrack.review.RecordedRequests;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.prices.PriceBook;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the kill switch would do, or does for a while. */
@Command(
    name = "drill",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Tells what pulling the kill switch now would do, and pulls nothing: the recorded requests of"
            + " the last hours are decided again under the records of now, without and with the"
            + " switch. What would move is priced on where it would go. With --live it is done, for a"
            + " while and on a share of the requests: it ends by itself, and what came of it is"
            + " reported.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing would be refused, and nothing would wait for a quota; live: each request kept away"
          + " was answered elsewhere, and it ran to its end",
      "1:some would be refused or wait, or there is nothing to decide; live: some were refused, failed"
          + " or have no result yet, or it was ended before its time",
      "2:wrong usage, an id that no control record knows, or no policy is published; live: it cannot"
          + " begin",
      "3:no stack answers"
    })
public final class DrillCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private DrillSubject subject;

  @Mixin private LiveDrillOptions live;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      converter = SinceText.class,
      description = "requests from then on: 24h, 7d, a day or an instant (default: 24h)")
  private Instant since = Instant.now().minus(Duration.ofHours(24));

  @Mixin private RecordedOptions recorded;

  @Override
  public Integer call() throws IOException {
    StackClient client = recorded.connect();
    ControlSet control = client.control().read();
    DrillSubject.Subject what = subject.of(control);
    return live.wanted() ? live.run(client, what, recorded.json()) : dry(client, control, what);
  }

  private int dry(StackClient client, ControlSet control, DrillSubject.Subject what) {
    try {
      client.control().requireKnown(what.scope(), what.id());
    } catch (UnknownSubjectException e) {
      spec.commandLine().getErr().println("dualtrack: " + e.getMessage());
      return Exit.USAGE;
    }
    ControlHistory history = RecordedOptions.history(client);
    Optional<PolicyBundle> rules = recorded.policy(history);
    if (rules.isEmpty()) {
      return Exit.USAGE;
    }
    Instant now = Instant.now();
    List<RoutingDecision> decisions =
        RecordedRequests.latest(client.kafka(), client.registry(), since, recorded.replay());
    DryDrill.Result result =
        new DryDrill(history, rules.get(), suspension(what, now), now).of(decisions);
    Map<String, Moved> money = money(client, control, result, now);
    PrintWriter out = spec.commandLine().getOut();
    if (recorded.json()) {
      out.println(DryDrillReport.json(result, money, since));
    } else {
      DryDrillReport.print(result, money, since, out);
    }
    out.flush();
    boolean smooth =
        result.decided() > 0
            && result.refused() == 0
            && result.loads().stream().allMatch(load -> load.waiting() == 0);
    return smooth ? Exit.DONE : Exit.INCOMPLETE;
  }

  /** Above every epoch, so that nothing that is in force hides it. */
  private static Suspension suspension(DrillSubject.Subject what, Instant now) {
    return Suspension.newBuilder()
        .setScope(what.scope())
        .setId(what.id())
        .setSuspended(true)
        .setState(ExportState.SUSPENDED)
        .setReason("a drill")
        .setActor("a drill")
        .setAt(now)
        .setEpoch(Long.MAX_VALUE)
        .build();
  }

  /** The ledger of the moved requests, as it is and at the prices of where they would go. */
  private Map<String, Moved> money(
      StackClient client, ControlSet control, DryDrill.Result result, Instant now) {
    CostTopics costs = client.costs();
    PriceBook prices = PriceBook.of(control.prices(), costs.currencies());
    Map<String, List<WhatIf>> parts = new TreeMap<>();
    result
        .movedTo()
        .forEach(
            (offering, ids) ->
                parts.put(
                    offering,
                    WhatIf.monthly(
                        since,
                        now,
                        row -> ids.contains(row.getRequestId()),
                        prices,
                        List.of(offering))));
    List<WhatIf> all = parts.values().stream().flatMap(List::stream).toList();
    if (!all.isEmpty()) {
      costs.ledger(row -> all.forEach(part -> part.add(row)));
      all.forEach(WhatIf::finish);
    }
    Map<String, Moved> money = new TreeMap<>();
    parts.forEach(
        (offering, of) -> {
          Moved sum = Moved.NOTHING;
          for (WhatIf part : of) {
            sum = sum.plus(part);
          }
          money.put(offering, sum);
        });
    return money;
  }
}
