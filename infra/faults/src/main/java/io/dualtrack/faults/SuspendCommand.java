package io.dualtrack.faults;

import io.dualtrack.bench.Figures;
import io.dualtrack.bench.Scratch;
import io.dualtrack.faults.oracle.Check;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The suspension scenario from the command line. */
@Command(
    name = "suspend",
    mixinStandardHelpOptions = true,
    description = {
      "Suspends a provider while orders are queued and calls are out, reopens it with two persons,",
      "and again. Ends with 0 only if no call was written once the command was in force, every",
      "request has exactly one result, and the last write came within two seconds."
    })
final class SuspendCommand implements Callable<Integer> {

  static final int QUEUED = 10_000;
  static final int IN_FLIGHT = 200;
  static final int ROUNDS = 3;

  private static final long MOST_MILLIS = 2_000;

  /** So long that the queue grows while calls end and others are written. */
  static final Duration PROVIDERS_LATENCY = Duration.ofSeconds(3);

  @Option(names = "--queued", description = "orders that wait (default: ${DEFAULT-VALUE})")
  private int queued = QUEUED;

  @Option(names = "--in-flight", description = "calls that are out (default: ${DEFAULT-VALUE})")
  private int inFlight = IN_FLIGHT;

  @Option(names = "--rounds", description = "how often (default: ${DEFAULT-VALUE})")
  private int rounds = ROUNDS;

  @Override
  public Integer call() throws Exception {
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-faults-"))) {
      SuspensionScenario.Report report =
          new SuspensionScenario(
                  queued, inFlight, rounds, PROVIDERS_LATENCY, scratch, System.err::println)
              .run();
      report.verdict().problems().forEach(System.err::println);
      System.out.println(figures(report));
      return holds(report) ? 0 : 1;
    }
  }

  static boolean holds(SuspensionScenario.Report report) {
    return report.verdict().holds()
        && report.rounds().stream()
            .allMatch(round -> round.callsAfter() == 0 && round.lastWriteMillis() < MOST_MILLIS);
  }

  static Figures figures(SuspensionScenario.Report report) {
    List<SuspensionScenario.Round> rounds = report.rounds();
    Figures figures = new Figures("suspend");
    figures
        .put("rounds", rounds.size())
        .put("queued", rounds.stream().mapToLong(SuspensionScenario.Round::queued).min().orElse(0))
        .put(
            "in_flight",
            rounds.stream().mapToLong(SuspensionScenario.Round::inFlight).min().orElse(0))
        .put(
            "calls_after_epoch",
            rounds.stream().mapToLong(SuspensionScenario.Round::callsAfter).sum())
        .put(
            "writes_behind_command", pooled(rounds, SuspensionScenario.Round::writtenMillis).size())
        .put(
            "write_ms_p50",
            percentile(pooled(rounds, SuspensionScenario.Round::writtenMillis), 0.5))
        .put(
            "write_ms_p99",
            percentile(pooled(rounds, SuspensionScenario.Round::writtenMillis), 0.99))
        .put(
            "last_write_ms_max",
            rounds.stream().mapToLong(SuspensionScenario.Round::lastWriteMillis).max().orElse(0))
        .put("broken_off", pooled(rounds, SuspensionScenario.Round::brokenOffMillis).size())
        .put(
            "broken_off_ms_p99",
            percentile(pooled(rounds, SuspensionScenario.Round::brokenOffMillis), 0.99))
        .put(
            "in_force_ms_max",
            rounds.stream().mapToLong(SuspensionScenario.Round::inForceMillis).max().orElse(0))
        .put("requests", report.verdict().requests())
        .put("refused", rounds.stream().mapToLong(round -> round.summary().total().refused()).sum())
        .put(
            "answered",
            rounds.stream().mapToLong(round -> round.summary().total().answered()).sum());
    for (Check check : report.verdict().checks()) {
      figures.put("oracle_" + check.name(), check.holds());
    }
    return figures;
  }

  /** Of the calls of all rounds together. */
  private static List<Long> pooled(
      List<SuspensionScenario.Round> rounds,
      Function<SuspensionScenario.Round, List<Long>> millis) {
    return rounds.stream().map(millis).flatMap(List::stream).sorted().toList();
  }

  /** The smallest value that at least the given share is not above: with few values the largest. */
  private static long percentile(List<Long> sorted, double share) {
    return sorted.isEmpty() ? 0 : sorted.get((int) Math.ceil(share * sorted.size()) - 1);
  }
}
