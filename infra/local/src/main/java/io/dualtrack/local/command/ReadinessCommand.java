package io.dualtrack.local.command;

import io.dualtrack.local.readiness.Breaks;
import io.dualtrack.local.readiness.Capacity;
import io.dualtrack.local.readiness.Movable;
import io.dualtrack.local.readiness.Readiness;
import io.dualtrack.local.readiness.ReadinessFiles;
import io.dualtrack.local.readiness.TaskQuality;
import io.dualtrack.local.readiness.Traffic;
import io.dualtrack.local.redteam.RedTeamResults;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.finance.CostTopics;
import io.dualtrack.operations.finance.WhatIf;
import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.review.ControlHistory;
import io.dualtrack.review.RecordedRequests;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.ShadowQuality;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.prices.PriceBook;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What moving from one offering to another would mean. */
@Command(
    name = "readiness",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Tells whether an offering's requests can move to another: what may, what quality is lost"
            + " where, what it costs, whether the other can bear it, and what breaks. From what was"
            + " recorded; what was not measured is said to be so.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing that is known stands in the way",
      "1:something does, or is not known",
      "2:wrong usage, an offering that no control record knows, or no policy is published",
      "3:no stack answers"
    })
public final class ReadinessCommand implements Callable<Integer> {

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  @Spec private CommandSpec spec;

  @Option(
      names = "--from",
      required = true,
      paramLabel = "OFFERING",
      description = "that answers now")
  private String from;

  @Option(names = "--to", required = true, paramLabel = "OFFERING", description = "that would")
  private String to;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      converter = SinceText.class,
      description = "what was recorded from then on: 24h, 7d, a day or an instant (default: 7d)")
  private Instant since = Instant.now().minus(Duration.ofDays(7));

  @Option(
      names = "--tolerance",
      paramLabel = "PERCENT",
      description =
          "of a task's requests that may be worse where the task is said to hold (default:"
              + " ${DEFAULT-VALUE})")
  private double tolerance = 5;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "write readiness.md, readiness.json and plots there, and print nothing")
  private Path out;

  @Mixin private RecordedOptions recorded;

  @Override
  public Integer call() throws IOException {
    if (tolerance < 0 || tolerance > 100) {
      throw new ParameterException(spec.commandLine(), "--tolerance must be within 0 and 100");
    }
    StackClient client = recorded.connect();
    PrintWriter err = spec.commandLine().getErr();
    ControlSet control = client.control().read();
    Optional<Offering> source = offering(control, from);
    Optional<Offering> target = offering(control, to);
    if (source.isEmpty() || target.isEmpty() || from.equals(to)) {
      err.println(
          "dualtrack: --from and --to must name two offerings; known are "
              + String.join(
                  ", ", control.offerings().stream().map(Offering::getId).sorted().toList()));
      return Exit.USAGE;
    }
    ControlHistory history = RecordedOptions.history(client);
    Optional<PolicyBundle> rules = recorded.policy(history);
    if (rules.isEmpty()) {
      return Exit.USAGE;
    }
    Readiness readiness =
        gather(client, control, history, rules.get(), source.get(), target.get(), Instant.now());
    PrintWriter print = spec.commandLine().getOut();
    if (out != null) {
      ReadinessFiles.write(readiness, out);
    } else {
      print.println(
          recorded.json() ? ReadinessFiles.json(readiness) : ReadinessFiles.markdown(readiness));
      print.flush();
    }
    return readiness.obstacles().isEmpty() ? Exit.DONE : Exit.INCOMPLETE;
  }

  private static Optional<Offering> offering(ControlSet control, String id) {
    return control.offerings().stream().filter(each -> each.getId().equals(id)).findFirst();
  }

  private Readiness gather(
      StackClient client,
      ControlSet control,
      ControlHistory history,
      PolicyBundle rules,
      Offering source,
      Offering target,
      Instant now) {
    List<RoutingDecision> decisions =
        RecordedRequests.latest(client.kafka(), client.registry(), since, recorded.replay());
    Movable movable = Movable.of(history, rules, decisions, from, to, now);
    List<TaskQuality> tasks = tasks(client);
    Breaks breaks =
        new Breaks(
            target,
            Movable.goingTo(from, decisions).stream()
                .map(RoutingDecision::getRequestId)
                .collect(Collectors.toSet()));
    requests(client, breaks);
    Traffic traffic = new Traffic(from, to);
    scan(
        client,
        Topics.EXCHANGES,
        (key, exchange) -> {
          if (!exchange.getAt().isBefore(since)) {
            traffic.add(exchange);
            breaks.add(exchange);
          }
        });
    CostTopics costs = client.costs();
    List<WhatIf> parts =
        WhatIf.monthly(
            since,
            now,
            row -> from.equals(row.getOffering()) && !row.getAt().isBefore(since),
            PriceBook.of(control.prices(), costs.currencies()),
            List.of(to));
    costs.ledger(row -> parts.forEach(part -> part.add(row)));
    parts.forEach(WhatIf::finish);
    BigDecimal cost = BigDecimal.ZERO;
    BigDecimal there = BigDecimal.ZERO;
    long unpriced = 0;
    for (WhatIf part : parts) {
      WhatIf.Candidate candidate = part.candidates().get(0);
      cost = cost.add(part.cost());
      there = there.add(candidate.cost());
      unpriced += part.unpricedNow() + candidate.unpriced();
    }
    return new Readiness(
        since,
        now,
        source,
        target,
        tolerance / 100,
        movable,
        tasks,
        cost,
        there,
        unpriced,
        traffic,
        Capacity.of(target, traffic, Readiness.meanMillis(tasks)),
        breaks,
        new RedTeamResults(client.kafka(), client.registry()).of(target));
  }

  private List<TaskQuality> tasks(StackClient client) {
    Map<String, ShadowQuality> latest = new TreeMap<>();
    try (TopicScan<ShadowQuality> scan =
        new TopicScan<>(client.kafka(), client.registry(), Topics.SHADOW_QUALITY)) {
      require(
          scan.fromBeginning().toEnd(PATIENCE, key -> true, latest::put), Topics.SHADOW_QUALITY);
    }
    return latest.values().stream()
        .filter(Objects::nonNull)
        .filter(each -> each.getFrom().equals(from) && each.getTo().equals(to))
        .flatMap(each -> TaskQuality.of(each, since, tolerance / 100).stream())
        .sorted(Comparator.comparing(TaskQuality::tenant).thenComparing(TaskQuality::task))
        .toList();
  }

  /** What the topology could not read was decided by nobody. */
  private void requests(StackClient client, Breaks breaks) {
    try (TopicScan<InferenceRequest> scan =
        new TopicScan<>(client.kafka(), client.registry(), Topics.REQUESTS)) {
      require(
          scan.passingOverUnreadable()
              .fromTime(since)
              .toEnd(PATIENCE, key -> true, (key, request) -> breaks.add(request)),
          Topics.REQUESTS);
    }
  }

  private <V extends SpecificRecord> void scan(
      StackClient client, Topic<V> topic, BiConsumer<String, V> action) {
    try (TopicScan<V> scan = new TopicScan<>(client.kafka(), client.registry(), topic)) {
      require(scan.fromTime(since).toEnd(PATIENCE, key -> true, action), topic);
    }
  }

  private static void require(boolean whole, Topic<?> topic) {
    if (!whole) {
      throw new TimeoutException(
          "topic %s could not be read within %d minutes"
              .formatted(topic.name(), PATIENCE.toMinutes()));
    }
  }
}
