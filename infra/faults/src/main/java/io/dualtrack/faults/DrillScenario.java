package io.dualtrack.faults;

import io.dualtrack.bench.Scratch;
import io.dualtrack.faults.oracle.Check;
import io.dualtrack.faults.oracle.Oracle;
import io.dualtrack.faults.oracle.Planted;
import io.dualtrack.faults.oracle.Verdict;
import io.dualtrack.local.drill.DrillReport;
import io.dualtrack.local.drill.DrillRun;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.local.stack.StackProgress;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.operations.control.Drills;
import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Topics;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A provider is drilled while requests come in at an even pace, before it, through it and behind
 * it. Of its two models the one is refused and the other has a substitute at home. What the drill
 * reports is held against the results, the ledger and the provider's log.
 */
public final class DrillScenario {

  static final List<String> MODELS =
      List.of(SuspensionControl.NOWHERE_ELSE, SuspensionControl.WITH_SUBSTITUTE);

  private static final Duration LATENCY = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int SECONDS_BEFORE = 3;
  private static final int CONCURRENCY = 100;
  private static final long POLL_MILLIS = 50;

  /**
   * The drill and what the oracles say of it.
   *
   * @param sent requests of the load
   * @param checks of the report
   */
  public record Report(
      long sent, DrillReport drill, DrillOracle truth, List<Check> checks, Verdict verdict) {

    public boolean holds() {
      return verdict.holds() && checks.stream().allMatch(Check::holds);
    }

    public List<String> problems() {
      return Stream.concat(
              verdict.problems().stream(),
              checks.stream()
                  .flatMap(
                      check -> check.problems().stream().map(each -> check.name() + ": " + each)))
          .toList();
    }
  }

  private final int perSecond;
  private final Duration length;
  private final Scratch scratch;
  private final StackProgress progress;

  /**
   * @param perSecond requests of the load
   * @param length of the drill
   * @param scratch where the stack keeps its data
   */
  public DrillScenario(int perSecond, Duration length, Scratch scratch, StackProgress progress) {
    this.perSecond = perSecond;
    this.length = length;
    this.scratch = scratch;
    this.progress = progress;
  }

  public Report run() throws Exception {
    StackOptions options =
        StackOptions.onFreePorts(scratch.path("data")).withSandboxLatency(LATENCY);
    try (LocalStack stack =
        LocalStack.start(
            options,
            (kafka, registry, key) ->
                new ControlTopics(kafka, registry, Clock.systemUTC())
                    .publish(
                        SuspensionControl.pricedRecords(CONCURRENCY, CONCURRENCY), key, "scenario"),
            progress)) {
      StackAddress address = stack.address();
      SchemaRegistry registry =
          SchemaRegistry.connect(address.registry(), scratch.path("registry-cache.jsonl"));
      try (Oracle oracle = Oracle.watch(address, registry)) {
        DrillLoad load = new DrillLoad(address.kafka(), registry, MODELS);
        DrillReport drill;
        try (load) {
          load.start(perSecond);
          awaitResults(address, registry, perSecond * SECONDS_BEFORE);
          drill = drill(address, registry);
        }
        Set<String> sent = load.sent();
        awaitResults(address, registry, sent.size());
        Verdict verdict = oracle.judge(List.of(), List.of(), new Planted(sent, List.of()), 0);
        DrillOracle truth = DrillOracle.read(address, registry, sent, drill);
        return new Report(sent.size(), drill, truth, truth.judge(drill), verdict);
      }
    }
  }

  private DrillReport drill(StackAddress address, SchemaRegistry registry) throws Exception {
    DrillRun.Result result =
        new DrillRun(address.kafka(), registry)
            .execute(
                new Drills.Command(
                    "scenario",
                    SuspensionScope.PROVIDER,
                    SuspensionControl.PROVIDER,
                    length,
                    BigDecimal.valueOf(100),
                    "rehearsal",
                    "officer"),
                PATIENCE,
                begun -> progress.step("drill until " + begun.until()),
                at -> {});
    if (result instanceof DrillRun.Result.Denied denied) {
      throw new IllegalStateException(denied.why());
    }
    return ((DrillRun.Result.Over) result).report();
  }

  /** Waits for so many results; what is missing in the end, the oracle says. */
  private static void awaitResults(StackAddress address, SchemaRegistry registry, int count)
      throws InterruptedException {
    Set<String> found = new TreeSet<>();
    Instant giveUp = Instant.now().plus(PATIENCE);
    try (TopicScan<InferenceResult> scan =
        new TopicScan<>(address.kafka(), registry, Topics.RESULTS)) {
      scan.fromBeginning();
      while (found.size() < count && Instant.now().isBefore(giveUp)) {
        scan.poll(
            Duration.ofMillis(POLL_MILLIS),
            key -> true,
            (key, result) -> found.add(result.getRequestId()));
      }
    }
  }
}
