package io.dualtrack.local.command;

import io.dualtrack.local.review.MonthlyReport;
import io.dualtrack.local.review.ReportText;
import io.dualtrack.review.ControlHistory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.YearMonth;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The transparency report of a month. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "What was routed where, refused and suspended in a month (UTC), from the audit trail:"
            + " Markdown for people, CSV for tables.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:reported",
      "2:wrong usage, or a folder that cannot be written",
      "3:no stack answers"
    })
final class PolicyReportCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--month",
      required = true,
      paramLabel = "YYYY-MM",
      description = "the month, for example 2026-11")
  private YearMonth month;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "folder for report-MONTH.md, routing-MONTH.csv and suspensions-MONTH.csv (default: the"
              + " Markdown is printed)")
  private Path out;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    StackClient client = stack.connect();
    ControlHistory history = ControlHistory.read(client.kafka(), client.registry());
    MonthlyReport report = MonthlyReport.of(month, client.kafka(), client.registry(), history);
    PrintWriter terminal = spec.commandLine().getOut();
    if (out == null) {
      terminal.print(ReportText.markdown(report));
      terminal.flush();
      return Exit.DONE;
    }
    try {
      Files.createDirectories(out);
      write(terminal, "report-%s.md", ReportText.markdown(report));
      write(terminal, "routing-%s.csv", ReportText.csv(report));
      write(terminal, "suspensions-%s.csv", ReportText.suspensionsCsv(report));
      terminal.flush();
      return Exit.DONE;
    } catch (IOException e) {
      spec.commandLine()
          .getErr()
          .println("dualtrack: %s cannot be written: %s".formatted(out, e.getMessage()));
      return Exit.USAGE;
    }
  }

  private void write(PrintWriter terminal, String name, String text) throws IOException {
    Path file = out.resolve(name.formatted(month));
    Files.writeString(file, text);
    terminal.println("wrote " + file);
  }
}
