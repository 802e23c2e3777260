package io.dualtrack.faults;

import io.dualtrack.bench.Figures;
import io.dualtrack.bench.Scratch;
import io.dualtrack.faults.oracle.Check;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Random faults for a while. */
@Command(
    name = "soak",
    mixinStandardHelpOptions = true,
    description = {
      "Batch after batch on a cluster of three brokers and two of each service, during which there",
      "are faults of every kind, drawn from a seed. The same seed gives the same faults again.",
      "Ends with 0 only if the oracle has nothing to say."
    })
final class SoakCommand implements Callable<Integer> {

  @Option(
      names = "--minutes",
      description = "for how long faults begin (default: ${DEFAULT-VALUE})")
  private int minutes = 30;

  @Option(names = "--seed", description = "of the faults (default: any, and it is printed)")
  private Long seed;

  @Option(names = "--rate", description = "lines a second at most (default: ${DEFAULT-VALUE})")
  private int rate = 15;

  @Override
  public Integer call() throws Exception {
    long drawn = seed == null ? ThreadLocalRandom.current().nextInt(1_000_000) : seed;
    System.err.println("seed " + drawn);
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-faults-"))) {
      SoakRun.Report report =
          new SoakRun(Duration.ofMinutes(minutes), drawn, rate, scratch, System.err::println).run();
      report.verdict().problems().forEach(System.err::println);
      System.out.println(figures(report));
      return report.holds() ? 0 : 1;
    }
  }

  private static Figures figures(SoakRun.Report report) {
    Figures figures =
        new Figures("soak")
            .put("seed", report.seed())
            .put("requests", report.verdict().requests())
            .put("batches", report.batches())
            .put("faults", report.faults())
            .put("kills", report.kills())
            .put("ended_by_themselves", report.ended().size())
            .put("provider_calls", report.verdict().calls().calls())
            .put("repeated_provider_calls", report.verdict().calls().repeated())
            .put("repeated_without_a_failure", report.verdict().calls().unexplained())
            .put("may_be_repeated", report.budget());
    for (Check check : report.verdict().checks()) {
      figures.put("oracle_" + check.name(), check.holds());
    }
    return figures.put("seconds", report.time().toMillis() / 1e3);
  }
}
