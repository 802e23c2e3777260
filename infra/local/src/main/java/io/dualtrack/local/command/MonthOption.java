package io.dualtrack.local.command;

import java.time.YearMonth;
import picocli.CommandLine.Option;

/** The option that says which month a command is about. */
final class MonthOption {

  @Option(
      names = "--month",
      required = true,
      paramLabel = "YYYY-MM",
      description = "the month, UTC, for example 2026-06")
  private YearMonth month;

  YearMonth month() {
    return month;
  }
}
