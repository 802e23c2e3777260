package io.dualtrack.faults;

import io.dualtrack.bench.Figures;
import io.dualtrack.bench.Scratch;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
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

  private static final long MOST_MILLIS = 2_000;

  @Option(names = "--queued", description = "orders that wait (default: ${DEFAULT-VALUE})")
  private int queued = 10_000;

  @Option(names = "--in-flight", description = "calls that are out (default: ${DEFAULT-VALUE})")
  private int inFlight = 200;

  @Option(names = "--rounds", description = "how often (default: ${DEFAULT-VALUE})")
  private int rounds = 20;

  @Override
  public Integer call() throws Exception {
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-faults-"))) {
      List<SuspensionScenario.Round> done =
          new SuspensionScenario(
                  queued, inFlight, rounds, Duration.ofSeconds(1), scratch, System.err::println)
              .run();
      System.out.println(figures(done));
      boolean good =
          done.stream()
              .allMatch(
                  round ->
                      round.callsAfter() == 0
                          && round.verdict().exactlyOneResultEach()
                          && round.lastWriteMillis() < MOST_MILLIS);
      return good ? 0 : 1;
    }
  }

  static Figures figures(List<SuspensionScenario.Round> rounds) {
    return new Figures("suspend")
        .put("rounds", rounds.size())
        .put("queued", rounds.stream().mapToLong(SuspensionScenario.Round::queued).min().orElse(0))
        .put(
            "in_flight",
            rounds.stream().mapToLong(SuspensionScenario.Round::inFlight).min().orElse(0))
        .put(
            "calls_after_epoch",
            rounds.stream().mapToLong(SuspensionScenario.Round::callsAfter).sum())
        .put(
            "last_write_ms_p50",
            percentile(
                rounds.stream().map(SuspensionScenario.Round::lastWriteMillis).sorted().toList(),
                0.5))
        .put(
            "last_write_ms_p99",
            percentile(
                rounds.stream().map(SuspensionScenario.Round::lastWriteMillis).sorted().toList(),
                0.99))
        .put(
            "in_force_ms_p99",
            percentile(
                rounds.stream().map(SuspensionScenario.Round::inForceMillis).sorted().toList(),
                0.99))
        .put("requests", rounds.stream().mapToLong(round -> round.verdict().requests()).sum())
        .put("results", rounds.stream().mapToLong(round -> round.verdict().results()).sum())
        .put("missing", rounds.stream().mapToLong(round -> round.verdict().missing().size()).sum())
        .put("doubled", rounds.stream().mapToLong(round -> round.verdict().doubled().size()).sum())
        .put("refused", rounds.stream().mapToLong(round -> round.summary().total().refused()).sum())
        .put(
            "answered",
            rounds.stream().mapToLong(round -> round.summary().total().answered()).sum());
  }

  /** The smallest value that at least the given share is not above: with few values the largest. */
  private static long percentile(List<Long> sorted, double share) {
    return sorted.isEmpty() ? 0 : sorted.get((int) Math.ceil(share * sorted.size()) - 1);
  }
}
