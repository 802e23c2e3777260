package io.dualtrack.bench;

import java.util.Collection;
import java.util.concurrent.Callable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How long one decision takes, remembered and fresh. */
@Command(
    name = "policy",
    mixinStandardHelpOptions = true,
    description = {
      "Decides with the starter pack, on one thread, with JMH: decisions that are remembered, fresh",
      "ones, and the first after a change, over 40 offerings and 30 rules."
    })
final class PolicyBench implements Callable<Integer> {

  @Option(
      names = "--seconds",
      description = "measured seconds for each (default: ${DEFAULT-VALUE})")
  private int seconds = 5;

  @Override
  public Integer call() throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(DecisionBenchmark.class.getName())
                    .warmupIterations(3)
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(seconds)
                    .measurementTime(TimeValue.seconds(1))
                    .forks(1)
                    .build())
            .run();
    Figures figures =
        new Figures("policy")
            .put("offerings", DecisionBenchmark.OFFERINGS)
            .put("rules", DecisionBenchmark.RULES);
    for (RunResult result : results) {
      String name = result.getPrimaryResult().getLabel();
      figures.put(snakeCase(name) + "_us", result.getPrimaryResult().getScore() / 1_000);
      figures.put(snakeCase(name) + "_error_us", result.getPrimaryResult().getScoreError() / 1_000);
    }
    System.out.println(figures);
    return 0;
  }

  private static String snakeCase(String name) {
    return name.replaceAll("([A-Z])", "_$1").toLowerCase(java.util.Locale.ROOT);
  }
}
