package io.dualtrack.faults;

import io.dualtrack.bench.MarkedPage;
import io.dualtrack.faults.oracle.Check;
import io.dualtrack.faults.oracle.Oracle;
import io.dualtrack.faults.oracle.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The table of docs/reliability.md, made of runs. */
final class ReliabilityTable {

  /** The page that has a place for it. */
  static final MarkedPage PAGE = new MarkedPage("faults all");

  private static final String NOT_ASKED = "–";

  /**
   * One run.
   *
   * @param repeated calls that were repeated without a failure, of how many may be; free text
   * @param checks of the oracle; what a run does not ask is missing
   * @param holds whether all of it was as it must be
   */
  record Row(
      String name,
      long requests,
      long faults,
      long kills,
      String repeated,
      List<Check> checks,
      Duration time,
      boolean holds) {

    static Row of(ScenarioRun.Report report) {
      Verdict verdict = report.verdict();
      return new Row(
          report.scenario().name(),
          verdict.requests(),
          report.faults(),
          report.kills(),
          number(verdict.calls().unexplained()) + " of " + number(report.budget()),
          verdict.checks(),
          report.time(),
          report.holds());
    }
  }

  private ReliabilityTable() {}

  static String text(List<Row> rows) {
    StringBuilder text = new StringBuilder();
    text.append("| scenario | requests | faults | kills | calls repeated without need |");
    Oracle.CHECKS.forEach(check -> text.append(' ').append(check).append(" |"));
    text.append(" seconds | all as it must be |\n");
    text.append("|---|---:|---:|---:|---:|").append("---|".repeat(Oracle.CHECKS.size()));
    text.append("---:|---|\n");
    for (Row row : rows) {
      Map<String, Check> checks =
          row.checks().stream().collect(Collectors.toMap(Check::name, Function.identity()));
      text.append(
          "| %s | %s | %s | %s | %s |"
              .formatted(
                  row.name(),
                  number(row.requests()),
                  number(row.faults()),
                  number(row.kills()),
                  row.repeated()));
      for (String name : Oracle.CHECKS) {
        text.append(' ').append(cell(checks.get(name))).append(" |");
      }
      text.append(
          " %s | %s |\n".formatted(number(row.time().toSeconds()), row.holds() ? "yes" : "**no**"));
    }
    return text.toString();
  }

  private static String cell(Check check) {
    if (check == null) {
      return NOT_ASKED;
    }
    return check.holds() ? "holds" : "**%d problems**".formatted(check.problems().size());
  }

  private static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
