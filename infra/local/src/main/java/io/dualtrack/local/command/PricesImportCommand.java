package io.dualtrack.local.command;

import io.dualtrack.local.prices.PriceImport;
import io.dualtrack.operations.control.ControlTopics;
import java.io.PrintWriter;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.Callable;
import org.apache.kafka.common.errors.ProducerFencedException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Publishes the prices of a file. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Publishes the prices of LiteLLM's price file from a day on, for the offerings whose price"
            + " reference or --map names a key of the file. Whatever is not taken is listed.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every offering that was asked for has the file's prices",
      "1:the others have; some are not priced by the file and are listed",
      "2:wrong usage, or a file that cannot be used",
      "3:no stack answers"
    })
final class PricesImportCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private PriceFileOptions file;

  @Option(
      names = "--from",
      required = true,
      paramLabel = "DATE",
      description = "first day of the prices, UTC; the file itself has no dates")
  private LocalDate from;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Mixin private StackOption stack;

  @Mixin private PersonOption person;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    ControlTopics control = stack.connect().control();
    PriceImport.Plan plan;
    try {
      plan = file.plan(control.read(), from.atStartOfDay(ZoneOffset.UTC).toInstant());
      control.publishPrices(plan.prices(), person.name());
    } catch (PriceFileOptions.UnusableException e) {
      err.println("dualtrack: " + e.getMessage());
      return Exit.USAGE;
    } catch (ProducerFencedException e) {
      err.println(
          "dualtrack: another control command came in between, nothing was published; try again");
      return Exit.INCOMPLETE;
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(PriceReport.json(plan));
    } else {
      PriceReport.print(plan, file.unused(), out);
      out.println("%,d prices are published, from %s".formatted(plan.prices().size(), from));
    }
    out.flush();
    return plan.left().isEmpty() ? Exit.DONE : Exit.INCOMPLETE;
  }
}
