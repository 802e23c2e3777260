package io.dualtrack.local.review;

import io.dualtrack.operations.control.KillSwitch;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Suspension;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A monthly report as Markdown and as CSV (RFC 4180). */
public final class ReportText {

  private ReportText() {}

  public static String markdown(MonthlyReport report) {
    StringBuilder text = new StringBuilder(4_096);
    long all = report.requests().values().stream().mapToLong(Long::longValue).sum();
    long refused =
        report.requests().entrySet().stream()
            .filter(row -> row.getKey().offering().isEmpty())
            .mapToLong(Map.Entry::getValue)
            .sum();
    text.append("# Transparency report, %s%n%n".formatted(report.month()));
    text.append(
        "%,d requests were decided on, of which %,d were refused; %,d decisions in all. Times are UTC.%n"
            .formatted(all, refused, report.decisions()));
    text.append("%n## What was routed where%n%n".formatted());
    table(
        text,
        List.of("tenant", "model", "jurisdictions", "lane", "offering", "requests"),
        report.requests().entrySet().stream()
            .filter(row -> !row.getKey().offering().isEmpty())
            .map(
                row ->
                    List.of(
                        row.getKey().tenant(),
                        row.getKey().model(),
                        row.getKey().jurisdictions(),
                        row.getKey().lane(),
                        row.getKey().offering(),
                        row.getValue().toString())));
    text.append("%n## What was refused%n%n".formatted());
    table(
        text,
        List.of("tenant", "model", "jurisdictions", "reasons", "requests"),
        report.requests().entrySet().stream()
            .filter(row -> row.getKey().offering().isEmpty())
            .map(
                row ->
                    List.of(
                        row.getKey().tenant(),
                        row.getKey().model(),
                        row.getKey().jurisdictions(),
                        row.getKey().codes(),
                        row.getValue().toString())));
    text.append("%n## What was suspended%n%n".formatted());
    table(
        text,
        List.of("at", "what", "state", "partners", "asked by", "approved by", "reason"),
        Stream.concat(report.carried().stream(), report.commands().stream())
            .map(ReportText::cells));
    text.append("%n## Policies published%n%n".formatted());
    table(
        text,
        List.of("at", "policy", "version", "rules", "signed by"),
        report.policies().stream().map(ReportText::cells));
    return text.toString();
  }

  private static String percent(LiveDrill drill) {
    return drill.percent().stripTrailingZeros().toPlainString();
  }

  private static List<String> cells(Suspension command) {
    String what = command.getScope() + " " + command.getId();
    if (command.getReopening() != null) {
      return List.of(
          command.getReopening().getAt().toString(),
          what,
          "asked for: " + command.getReopening().getState(),
          String.join(" ", command.getReopening().getPartners()),
          command.getReopening().getActor(),
          "",
          command.getReopening().getReason());
    }
    return List.of(
        command.getAt().toString(),
        what,
        LiveDrill.of(command)
            .map(drill -> "%s%% until %s".formatted(percent(drill), drill.until()))
            .orElseGet(() -> KillSwitch.state(command).toString()),
        String.join(" ", command.getPartners()),
        command.getActor(),
        command.getApprover() == null ? "" : command.getApprover(),
        command.getReason());
  }

  private static List<String> cells(PolicyBundle bundle) {
    return List.of(
        bundle.getPublishedAt().toString(),
        bundle.getId(),
        bundle.getVersion(),
        Integer.toString(bundle.getRules().size()),
        bundle.getSignedBy() == null ? "" : bundle.getSignedBy());
  }

  private static void table(StringBuilder text, List<String> head, Stream<List<String>> rows) {
    List<List<String>> all = rows.toList();
    if (all.isEmpty()) {
      text.append("Nothing.%n".formatted());
      return;
    }
    line(text, head);
    line(text, head.stream().map(column -> "---").toList());
    all.forEach(row -> line(text, row));
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append(
        cells.stream()
            .map(cell -> cell.replace("|", "\\|").replaceAll("\\R", " "))
            .collect(Collectors.joining(" | ", "| ", " |\n")));
  }

  public static String csv(MonthlyReport report) {
    StringBuilder text = new StringBuilder(4_096);
    csvLine(
        text,
        List.of(
            "month",
            "tenant",
            "model",
            "jurisdictions",
            "lane",
            "offering",
            "refused_for",
            "requests"));
    report
        .requests()
        .forEach(
            (row, count) ->
                csvLine(
                    text,
                    List.of(
                        report.month().toString(),
                        row.tenant(),
                        row.model(),
                        row.jurisdictions(),
                        row.lane(),
                        row.offering(),
                        row.codes(),
                        count.toString())));
    return text.toString();
  }

  /** The commands on the kill switch as CSV. */
  public static String suspensionsCsv(MonthlyReport report) {
    StringBuilder text = new StringBuilder(1_024);
    csvLine(text, List.of("at", "what", "state", "partners", "asked_by", "approved_by", "reason"));
    Stream.concat(report.carried().stream(), report.commands().stream())
        .map(ReportText::cells)
        .forEach(row -> csvLine(text, row));
    return text.toString();
  }

  private static void csvLine(StringBuilder text, List<String> cells) {
    text.append(
        cells.stream().map(ReportText::quoted).collect(Collectors.joining(",", "", "\r\n")));
  }

  private static String quoted(String cell) {
    return cell.matches("[^\",\r\n]*") ? cell : "\"" + cell.replace("\"", "\"\"") + "\"";
  }
}
