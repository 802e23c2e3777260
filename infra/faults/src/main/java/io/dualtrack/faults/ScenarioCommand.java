package io.dualtrack.faults;

import io.dualtrack.bench.Figures;
import io.dualtrack.bench.Scratch;
import io.dualtrack.faults.oracle.Check;
import java.nio.file.Files;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A scenario from the command line. */
@Command(mixinStandardHelpOptions = true)
final class ScenarioCommand implements Callable<Integer> {

  static final int LINES = 20_000;

  private final Scenario scenario;

  @Option(names = "--lines", description = "lines of the batch (default: ${DEFAULT-VALUE})")
  private int lines = LINES;

  private ScenarioCommand(Scenario scenario) {
    this.scenario = scenario;
  }

  static CommandLine of(Scenario scenario) {
    CommandLine command = new CommandLine(new ScenarioCommand(scenario));
    command
        .getCommandSpec()
        .usageMessage()
        .description(
            "A batch during which there is: " + scenario.description() + ".",
            "Ends with 0 only if every fault was done and the oracle has nothing to say.");
    return command;
  }

  @Override
  public Integer call() throws Exception {
    ScenarioRun.Report report = run(scenario, lines);
    System.out.println(figures(report));
    return report.holds() ? 0 : 1;
  }

  /** With what the oracle has to say on the standard error. */
  static ScenarioRun.Report run(Scenario scenario, int lines) throws Exception {
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-faults-"))) {
      ScenarioRun.Report report =
          new ScenarioRun(scenario, lines, scratch, System.err::println).run();
      report.verdict().problems().forEach(System.err::println);
      report.missed().forEach(step -> System.err.println("not done: " + step));
      return report;
    }
  }

  static Figures figures(ScenarioRun.Report report) {
    Figures figures =
        new Figures(report.scenario().name())
            .put("requests", report.verdict().requests())
            .put("faults", report.faults())
            .put("kills", report.kills())
            .put("faults_not_done", report.missed().size())
            .put("ended_by_themselves", report.ended().size())
            .put("answered", report.summary().total().answered())
            .put("failed", report.summary().total().failed())
            .put("refused", report.summary().total().refused())
            .put("provider_calls", report.verdict().calls().calls())
            .put("repeated_provider_calls", report.verdict().calls().repeated())
            .put("repeated_without_a_failure", report.verdict().calls().unexplained())
            .put("answered_again", report.verdict().calls().answeredAgain())
            .put("may_be_repeated", report.budget());
    for (Check check : report.verdict().checks()) {
      figures.put("oracle_" + check.name(), check.holds());
    }
    return figures.put("seconds", report.time().toMillis() / 1e3);
  }
}
