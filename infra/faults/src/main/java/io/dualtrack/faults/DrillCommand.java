package io.dualtrack.faults;

import io.dualtrack.bench.Figures;
import io.dualtrack.bench.Scratch;
import io.dualtrack.faults.oracle.Check;
import io.dualtrack.local.DurationText;
import io.dualtrack.local.drill.DrillReport;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The drill scenario from the command line. */
@Command(
    name = "drill",
    mixinStandardHelpOptions = true,
    description = {
      "Drills a provider under an even load. Ends with 0 only if the last call came within two",
      "seconds of the command, nothing was lost, requests were back within two seconds of the end,",
      "and the report's figures are those of the results, the ledger and the provider's log."
    })
final class DrillCommand implements Callable<Integer> {

  static final int PER_SECOND = 50;
  static final Duration LENGTH = Duration.ofSeconds(20);

  @Option(names = "--per-second", description = "requests of the load (default: ${DEFAULT-VALUE})")
  private int perSecond = PER_SECOND;

  @Option(
      names = "--for",
      converter = DurationText.class,
      description = "length of the drill (default: 20s)")
  private Duration length = LENGTH;

  @Override
  public Integer call() throws Exception {
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-faults-"))) {
      DrillScenario.Report report =
          new DrillScenario(perSecond, length, scratch, System.err::println).run();
      report.problems().forEach(System.err::println);
      System.out.println(figures(report));
      return report.holds() ? 0 : 1;
    }
  }

  static Figures figures(DrillScenario.Report report) {
    DrillReport drill = report.drill();
    Figures figures =
        new Figures("drill")
            .put("requests", report.sent())
            .put("admitted", drill.admitted())
            .put("kept_away", drill.requests())
            .put("decided_again", drill.again())
            .put("answered_elsewhere", drill.answeredInAll())
            .put("refused", drill.refusedInAll())
            .put("without_result", drill.open())
            .put("switched_ms", drill.switchedMillis())
            .put("switched_ms_provider", report.truth().lastCallMillis())
            .put("calls_behind_command", drill.callsBehind())
            .put("back_ms", drill.backMillis() == null ? -1 : drill.backMillis())
            .put(
                "back_ms_provider",
                report.truth().backMillis() == null ? -1 : report.truth().backMillis())
            .put("most_waiting", drill.mostWaiting())
            .put("cost", drill.cost().doubleValue())
            .put("cost_there", drill.costThere().doubleValue());
    for (Check check : report.checks()) {
      figures.put(check.name(), check.holds());
    }
    for (Check check : report.verdict().checks()) {
      figures.put("oracle_" + check.name(), check.holds());
    }
    return figures;
  }
}
