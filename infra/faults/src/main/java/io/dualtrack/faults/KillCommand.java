package io.dualtrack.faults;

import io.dualtrack.bench.Figures;
import io.dualtrack.bench.Scratch;
import java.nio.file.Files;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The kill scenario from the command line. */
@Command(
    name = "kill",
    mixinStandardHelpOptions = true,
    description = {
      "Kills topology and dispatchers with SIGKILL in the middle of a batch and starts them again.",
      "Ends with 0 only if every line has exactly one result."
    })
final class KillCommand implements Callable<Integer> {

  @Option(names = "--lines", description = "lines of the batch (default: ${DEFAULT-VALUE})")
  private int lines = 5_000;

  @Override
  public Integer call() throws Exception {
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-faults-"))) {
      KillScenario.Report report = new KillScenario(lines, scratch, System.err::println).run();
      System.out.println(figures(report));
      return report.verdict().exactlyOneResultEach() ? 0 : 1;
    }
  }

  static Figures figures(KillScenario.Report report) {
    return new Figures("kill")
        .put("kills", report.kills())
        .put("requests", report.verdict().requests())
        .put("results", report.verdict().results())
        .put("missing", report.verdict().missing().size())
        .put("doubled", report.verdict().doubled().size())
        .put("unasked", report.verdict().unasked().size())
        .put("answered", report.summary().total().answered())
        .put("repeated_provider_calls", report.repeatedCalls())
        .put("calls_that_may_have_been_repeated", report.summary().repeatedCalls())
        .put("seconds", report.summary().time().toMillis() / 1e3);
  }
}
