package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.finance.WhatIf;
import io.dualtrack.local.review.ControlHistory;
import io.dualtrack.local.review.DryDrill;
import io.dualtrack.local.review.RecordedRequests;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.control.UnknownSubjectException;
import io.dualtrack.operations.finance.CostTopics;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.prices.PriceBook;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What the kill switch would do. */
@Command(
    name = "drill",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Tells what pulling the kill switch now would do, and pulls nothing: the recorded requests of"
            + " the last hours are decided again under the records of now, without and with the"
            + " switch. What would move is priced on where it would go.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing would be refused, and nothing would wait for a quota",
      "1:some would be refused or wait, or there is nothing to decide",
      "2:wrong usage, an id that no control record knows, or no policy is published",
      "3:no stack answers"
    })
public final class DrillCommand implements Callable<Integer> {

  /** Money of what would go to one offering. */
  private record Moved(BigDecimal now, BigDecimal then, long unpriced) {

    Moved plus(WhatIf part) {
      WhatIf.Candidate candidate = part.candidates().get(0);
      return new Moved(
          now.add(part.cost()),
          then.add(candidate.cost()),
          unpriced + candidate.unpriced() + part.unpricedNow());
    }
  }

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "SCOPE",
      description = "offering, model, provider or tenant: what would be suspended")
  private SuspensionScope scope;

  @Parameters(index = "1", paramLabel = "ID", description = "its id")
  private String id;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      converter = SinceText.class,
      description = "requests from then on: 24h, 7d, a day or an instant (default: 24h)")
  private Instant since = Instant.now().minus(Duration.ofHours(24));

  @Option(
      names = "--replay",
      paramLabel = "N",
      description = "how many of them at most, the latest ones (default: ${DEFAULT-VALUE})")
  private int replay = 100_000;

  @Option(names = "--json", description = "print one JSON object, with every digit")
  private boolean json;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    if (replay < 1) {
      throw new ParameterException(spec.commandLine(), "--replay must be at least 1");
    }
    StackClient client = stack.connect();
    PrintWriter err = spec.commandLine().getErr();
    try {
      client.control().requireKnown(scope, id);
    } catch (UnknownSubjectException e) {
      err.println("dualtrack: " + e.getMessage());
      return Exit.USAGE;
    }
    ControlHistory history = ControlHistory.read(client.kafka(), client.registry());
    Optional<PolicyBundle> rules = history.lastPolicy();
    if (rules.isEmpty()) {
      err.println("dualtrack: no policy was published; apply one with: dualtrack control apply");
      return Exit.USAGE;
    }
    Instant now = Instant.now();
    List<RoutingDecision> recorded =
        RecordedRequests.latest(client.kafka(), client.registry(), since, replay);
    DryDrill.Result result = new DryDrill(history, rules.get(), suspension(now), now).of(recorded);
    Map<String, Moved> money = money(client, result, now);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(json(result, money));
    } else {
      print(result, money, out);
    }
    out.flush();
    boolean smooth =
        result.decided() > 0
            && result.refused() == 0
            && result.loads().stream().allMatch(load -> load.waiting() == 0);
    return smooth ? Exit.DONE : Exit.INCOMPLETE;
  }

  /** Above every epoch, so that nothing that is in force hides it. */
  private Suspension suspension(Instant now) {
    return Suspension.newBuilder()
        .setScope(scope)
        .setId(id)
        .setSuspended(true)
        .setState(ExportState.SUSPENDED)
        .setReason("a drill")
        .setActor("a drill")
        .setAt(now)
        .setEpoch(Long.MAX_VALUE)
        .build();
  }

  /** The ledger of the moved requests, as it is and at the prices of where they would go. */
  private Map<String, Moved> money(StackClient client, DryDrill.Result result, Instant now) {
    ControlSet control = client.control().read();
    CostTopics costs = client.costs();
    PriceBook prices = PriceBook.of(control.prices(), costs.currencies());
    Map<String, List<WhatIf>> parts = new TreeMap<>();
    result
        .movedTo()
        .forEach((offering, ids) -> parts.put(offering, parts(offering, ids, prices, now)));
    List<WhatIf> all = parts.values().stream().flatMap(List::stream).toList();
    if (!all.isEmpty()) {
      costs.ledger(row -> all.forEach(part -> part.add(row)));
      all.forEach(WhatIf::finish);
    }
    Map<String, Moved> money = new TreeMap<>();
    parts.forEach(
        (offering, of) -> {
          Moved sum = new Moved(BigDecimal.ZERO, BigDecimal.ZERO, 0);
          for (WhatIf part : of) {
            sum = sum.plus(part);
          }
          money.put(offering, sum);
        });
    return money;
  }

  /** One for each month that the time touches. */
  private List<WhatIf> parts(String offering, Set<String> ids, PriceBook prices, Instant now) {
    List<WhatIf> parts = new ArrayList<>();
    YearMonth last = YearMonth.from(now.atOffset(ZoneOffset.UTC));
    for (YearMonth month = YearMonth.from(since.atOffset(ZoneOffset.UTC));
        !month.isAfter(last);
        month = month.plusMonths(1)) {
      parts.add(
          new WhatIf(month, row -> ids.contains(row.getRequestId()), prices, List.of(offering)));
    }
    return parts;
  }

  private void print(DryDrill.Result result, Map<String, Moved> money, PrintWriter out) {
    out.printf(
        "%,d requests since %s: %,d would move, %,d would be refused, %,d are refused already%n",
        result.decided(), since, result.moved(), result.refused(), result.refusedAlready());
    if (result.fates().isEmpty()) {
      out.println("nothing would change");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("tenant", "model", "from", "to", "requests"));
    result
        .fates()
        .forEach(
            (fate, count) ->
                rows.add(
                    List.of(
                        fate.tenant(),
                        fate.model(),
                        fate.from(),
                        fate.refused() ? "refused: " + String.join(", ", fate.codes()) : fate.to(),
                        "%,d".formatted(count))));
    out.println();
    TextTable.print(rows, 4, out);
    if (result.loads().isEmpty()) {
      return;
    }
    List<List<String>> loads = new ArrayList<>();
    loads.add(
        List.of(
            "to", "more", "peak/min", "quota/min", "most waiting", "drained in", "cost", "there"));
    for (DryDrill.Load load : result.loads()) {
      Moved moved = money.get(load.offering());
      loads.add(
          List.of(
              load.offering(),
              "%,d".formatted(load.moved()),
              "%,d".formatted(load.peak()),
              load.quota() == null ? "none stated" : "%,d".formatted(load.quota()),
              "%,d".formatted(load.waiting()),
              "%,d min".formatted(load.drainMinutes()),
              Money.dollars(moved.now()),
              Money.dollars(moved.then())));
    }
    out.println();
    TextTable.print(loads, 1, out);
    money.forEach(
        (offering, moved) -> {
          if (moved.unpriced() > 0) {
            out.printf(
                "%,d tokens that would go to %s have no price on one side%n",
                moved.unpriced(), offering);
          }
        });
  }

  private ObjectNode json(DryDrill.Result result, Map<String, Moved> money) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("since", since.toString());
    json.put("decided", result.decided());
    json.put("moved", result.moved());
    json.put("refused", result.refused());
    json.put("refused_already", result.refusedAlready());
    var fates = json.putArray("fates");
    result
        .fates()
        .forEach(
            (fate, count) -> {
              ObjectNode node = fates.addObject();
              node.put("tenant", fate.tenant());
              node.put("model", fate.model());
              node.put("from", fate.from());
              node.put("to", fate.refused() ? null : fate.to());
              fate.codes().forEach(node.putArray("codes")::add);
              node.put("requests", count);
            });
    var loads = json.putArray("loads");
    for (DryDrill.Load load : result.loads()) {
      Moved moved = Objects.requireNonNull(money.get(load.offering()));
      ObjectNode node = loads.addObject();
      node.put("offering", load.offering());
      node.put("moved", load.moved());
      node.put("peak_per_minute", load.peak());
      node.put("quota_per_minute", load.quota());
      node.put("most_waiting", load.waiting());
      node.put("drain_minutes", load.drainMinutes());
      node.put("cost_now", moved.now());
      node.put("cost_then", moved.then());
      node.put("unpriced_tokens", moved.unpriced());
    }
    return json;
  }
}
