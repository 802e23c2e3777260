package io.dualtrack.local.command;

import io.dualtrack.local.prices.PriceImport;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows where a price file and the prices in force differ. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Holds LiteLLM's price file against the prices in force; changes nothing.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing differs",
      "1:something differs; it is listed",
      "2:wrong usage, or a file that cannot be used",
      "3:no stack answers"
    })
final class PricesDiffCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private PriceFileOptions file;

  @Option(
      names = "--at",
      paramLabel = "DATE",
      description = "the prices in force on this day, UTC (default: now)")
  private LocalDate at;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    Instant when = at == null ? Instant.now() : at.atStartOfDay(ZoneOffset.UTC).toInstant();
    PriceImport.Plan plan;
    try {
      plan = file.plan(stack.connect().control().read(), when);
    } catch (PriceFileOptions.UnusableException e) {
      spec.commandLine().getErr().println("dualtrack: " + e.getMessage());
      return Exit.USAGE;
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(PriceReport.json(plan));
    } else {
      PriceReport.print(plan, file.unused(), out);
    }
    out.flush();
    return plan.changes().isEmpty() ? Exit.DONE : Exit.INCOMPLETE;
  }
}
