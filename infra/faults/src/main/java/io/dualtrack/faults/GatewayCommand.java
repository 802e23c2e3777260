package io.dualtrack.faults;

import io.dualtrack.bench.Figures;
import io.dualtrack.bench.Scratch;
import io.dualtrack.faults.GatewayScenario.Moment;
import java.nio.file.Files;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The gateway scenario from the command line. */
@Command(
    name = "gateway",
    mixinStandardHelpOptions = true,
    description = {
      "Kills the gateway with SIGKILL in mid-upload, with a batch acknowledged, while lines are",
      "released, with the last result and in mid-download, and starts it again each time. Ends"
          + " with",
      "0 only if nothing acknowledged is lost and every line is delivered once, in order."
    })
final class GatewayCommand implements Callable<Integer> {

  @Option(names = "--lines", description = "lines of the batch (default: ${DEFAULT-VALUE})")
  private int lines = 2_000;

  @Override
  public Integer call() throws Exception {
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-faults-"))) {
      GatewayScenario.Report report =
          new GatewayScenario(lines, EnumSet.allOf(Moment.class), scratch, System.err::println)
              .run();
      System.out.println(figures(report));
      return report.holds() ? 0 : 1;
    }
  }

  static Figures figures(GatewayScenario.Report report) {
    return new Figures("gateway")
        .put("kills", report.kills())
        .put("requests", report.verdict().requests())
        .put("results", report.verdict().results())
        .put("missing", report.verdict().missing().size())
        .put("doubled", report.verdict().doubled().size())
        .put("unasked", report.verdict().unasked().size())
        .put("completed", report.batch().completed())
        .put("broken_upload_left_nothing", report.uploadLeftNothing())
        .put("acknowledged_input_kept", report.inputKept())
        .put("repeated_create_is_the_same_batch", report.sameBatch())
        .put("killed_with_lines_to_release", report.releasing())
        .put("download_was_broken_off", report.downloadBroken())
        .put("every_line_once_in_order", report.inOrderOnce())
        .put("stops_behind_a_download", report.drains());
  }
}
