package io.dualtrack.warehouse.archive;

import io.dualtrack.operations.focus.FocusCsv;
import io.dualtrack.operations.focus.FocusSums;
import io.dualtrack.operations.focus.FocusVersion;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.YearMonth;
import java.util.function.UnaryOperator;

/**
 * What a closed month leaves behind: its ledger rows as Parquet, and its charges as FOCUS 1.2. The
 * FOCUS file is written last, so that where it is the month is complete.
 */
public final class MonthEnd {

  private final Path archive;
  private final String billingAccount;
  private final UnaryOperator<String> providers;

  /**
   * @param providers from an offering's id to its provider
   */
  public MonthEnd(Path archive, String billingAccount, UnaryOperator<String> providers) {
    this.archive = archive;
    this.billingAccount = billingAccount;
    this.providers = providers;
  }

  public boolean isWritten(String month) {
    return Files.exists(focusFile(month));
  }

  public void write(String month, LedgerFile.Rows rows) throws IOException {
    LedgerFile.write(LedgerFile.of(archive, month), rows);
    FocusSums sums = new FocusSums(YearMonth.parse(month));
    rows.forEach(sums::add);
    writeFocus(focusFile(month), sums, new FocusCsv(FocusVersion.V1_2, billingAccount, providers));
  }

  /** Writes an export in one step. */
  public static void writeFocus(Path file, FocusSums sums, FocusCsv format) throws IOException {
    AtomicFile.write(
        file,
        path -> {
          try (Writer out = Files.newBufferedWriter(path)) {
            format.write(sums, out);
          }
        });
  }

  private Path focusFile(String month) {
    return archive.resolve("focus").resolve("focus-1.2-%s.csv".formatted(month));
  }
}
