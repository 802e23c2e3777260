package io.dualtrack.local.command;

import io.dualtrack.operations.finance.CostTopics;
import io.dualtrack.operations.focus.FocusCsv;
import io.dualtrack.operations.focus.FocusSums;
import io.dualtrack.operations.focus.FocusVersion;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Offering;
import io.dualtrack.warehouse.archive.AtomicFile;
import io.dualtrack.warehouse.archive.LedgerCsv;
import io.dualtrack.warehouse.archive.LedgerFile;
import io.dualtrack.warehouse.archive.MonthEnd;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Files of a month. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Writes what a month bills into a file: charges as FOCUS CSV, or every ledger row as Parquet"
            + " or CSV. The file is there whole or not at all.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:written",
      "1:written, but some tokens have no price or the month is not closed",
      "2:wrong usage, or a file that cannot be written",
      "3:no stack answers"
    })
final class CostExportCommand implements Callable<Integer> {

  private enum Format {
    FOCUS,
    PARQUET,
    CSV
  }

  @Spec private CommandSpec spec;

  @Mixin private MonthOption month;

  @Option(
      names = "--format",
      required = true,
      paramLabel = "FORMAT",
      description = "focus, parquet or csv")
  private Format format;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "the file")
  private Path out;

  @Option(
      names = "--focus-version",
      paramLabel = "VERSION",
      description = "whose column names: 1.2 or 1.4 (default: ${DEFAULT-VALUE})")
  private String focusVersion = "1.2";

  @Option(
      names = "--billing-account",
      paramLabel = "NAME",
      description = "the account that providers bill (default: ${DEFAULT-VALUE})")
  private String billingAccount = "dualtrack";

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    FocusVersion version =
        FocusVersion.of(focusVersion)
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(), "--focus-version must be 1.2 or 1.4"));
    StackClient client = stack.connect();
    CostTopics costs = client.costs();
    FocusSums sums = new FocusSums(month.month());
    AtomicLong rows = new AtomicLong();
    LedgerFile.Rows ledger =
        action ->
            rows(
                costs,
                row -> {
                  sums.add(row);
                  rows.incrementAndGet();
                  action.accept(row);
                });
    try {
      switch (format) {
        case FOCUS -> {
          ledger.forEach(row -> {});
          MonthEnd.writeFocus(out, sums, new FocusCsv(version, billingAccount, providers(client)));
          rows.set(sums.rows());
        }
        case PARQUET -> LedgerFile.write(out, ledger);
        case CSV -> writeCsv(ledger);
      }
    } catch (IOException | UncheckedIOException e) {
      spec.commandLine()
          .getErr()
          .println("dualtrack: %s cannot be written: %s".formatted(out, e.getMessage()));
      return Exit.USAGE;
    }
    return report(sums, rows.get(), costs.closed(month.month()).isPresent());
  }

  private int report(FocusSums sums, long rows, boolean closed) {
    PrintWriter terminal = spec.commandLine().getOut();
    terminal.println(
        "wrote %s: %,d rows, billed %s".formatted(out, rows, Money.dollars(sums.billed())));
    if (sums.unpricedTokens() > 0) {
      terminal.println(
          "%,d tokens have no price: they are in the file, marked as unpriced, and cost nothing there"
              .formatted(sums.unpricedTokens()));
    }
    if (!closed) {
      terminal.println("%s is not closed: these figures still change".formatted(month.month()));
    }
    terminal.flush();
    return closed && sums.unpricedTokens() == 0 ? Exit.DONE : Exit.INCOMPLETE;
  }

  private void rows(CostTopics costs, Consumer<LedgerEntry> action) {
    costs.ledger(
        row -> {
          Instant billed = row.getBillingMonth() == null ? row.getAt() : row.getBillingMonth();
          if (YearMonth.from(billed.atOffset(ZoneOffset.UTC)).equals(month.month())) {
            action.accept(row);
          }
        });
  }

  private void writeCsv(LedgerFile.Rows ledger) throws IOException {
    AtomicFile.write(
        out,
        path -> {
          try (Writer writer = Files.newBufferedWriter(path)) {
            LedgerCsv.head(writer);
            ledger.forEach(
                row -> {
                  try {
                    LedgerCsv.row(row, writer);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
          }
        });
  }

  private static UnaryOperator<String> providers(StackClient client) {
    Map<String, String> providers = new HashMap<>();
    for (Offering offering : client.control().read().offerings()) {
      providers.put(offering.getId(), offering.getProvider());
    }
    return offering -> providers.getOrDefault(offering, "unknown");
  }
}
