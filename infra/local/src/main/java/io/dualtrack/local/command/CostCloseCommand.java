package io.dualtrack.local.command;

import io.dualtrack.operations.finance.CostTopics;
import io.dualtrack.schemas.ClosedMonth;
import io.dualtrack.schemas.MonthClose;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Closes a month. */
@Command(
    name = "close",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Closes a month for good: what comes later is billed in the next open month as a correction,"
            + " and no price changes it any more. It cannot be undone.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the month is closed",
      "1:asked for, but the cost job has not answered yet",
      "2:wrong usage, or a month that is not over",
      "3:no stack answers"
    })
final class CostCloseCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "MONTH", description = "the month, UTC: 2026-06")
  private YearMonth month;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description = "how long to wait for the cost job (default: ${DEFAULT-VALUE})")
  private long wait = 120;

  @Mixin private PersonOption person;

  @Mixin private StackOption stack;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Instant end = month.plusMonths(1).atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC);
    if (!CostTopics.isOver(month, Instant.now())) {
      spec.commandLine()
          .getErr()
          .println("dualtrack: %s is not over before %s; close it then".formatted(month, end));
      return Exit.USAGE;
    }
    CostTopics costs = stack.connect().costs();
    Optional<ClosedMonth> already = costs.closed(month);
    if (already.isPresent()) {
      return report(already.get(), "was closed already", out);
    }
    MonthClose request =
        new MonthClose(
            month.toString(), Instant.now().truncatedTo(ChronoUnit.MILLIS), person.name());
    Optional<ClosedMonth> closed = costs.close(request, Duration.ofSeconds(wait));
    if (closed.isEmpty()) {
      out.println(
          "the close of %s is asked for; the cost job has not answered within %d s. Ask again with: dualtrack cost close %s"
              .formatted(month, wait, month));
      out.flush();
      return Exit.INCOMPLETE;
    }
    return report(closed.get(), "is closed", out);
  }

  private static int report(ClosedMonth month, String what, PrintWriter out) {
    out.println(
        "%s %s: everything of it was on the ledger at %s, asked for by %s"
            .formatted(month.getMonth(), what, month.getClosedAt(), month.getActor()));
    out.flush();
    return Exit.DONE;
  }
}
