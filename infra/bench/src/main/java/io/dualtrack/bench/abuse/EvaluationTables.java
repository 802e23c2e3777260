package io.dualtrack.bench.abuse;

import io.dualtrack.bench.abuse.EvaluationResults.Pooled;
import io.dualtrack.bench.abuse.Score.Share;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What an evaluation found, as parts of its page. */
final class EvaluationTables {

  private EvaluationTables() {}

  /**
   * Every campaign and method.
   *
   * @param folder of the plots, as the page names it
   */
  static String campaigns(EvaluationResults results, String conditions, String folder) {
    StringBuilder text = new StringBuilder();
    text.append("## Detection by campaign\n\n").append(conditions);
    text.append(" Seeds are pooled; intervals are Wilson's, 95%.\n\n");
    text.append("| campaign | method | precision | recall | first alert, latest seed |");
    text.append(" leaked before it | leaked before 95% named | honest organisations named |\n");
    text.append("|---|---|---|---|---|---|---|---|\n");
    for (String campaign : results.campaigns()) {
      for (String method : results.methods()) {
        row(campaign, method, results, text);
      }
    }
    for (String plot : List.of("named", "recall", "precision")) {
      text.append(image(plot, folder));
    }
    fields(results, text);
    return text.toString();
  }

  private static String image(String plot, String folder) {
    return "\n![%s](%s/%s.svg)\n".formatted(plot, folder, plot);
  }

  /** Campaigns as long as a real one, each seed by itself. */
  static String lasting(EvaluationResults results) {
    StringBuilder text = new StringBuilder();
    text.append("## Campaigns of 45 days\n\n").append(LongEvaluation.conditions());
    text.append(
        " Intervals are Wilson's, 95%. The goal: a first alert within 60 minutes and 0.1% of");
    text.append(" the exchanges, 95% named within a day, nobody honest named.\n\n");
    text.append("| campaign | log | precision | recall | first alert | leaked before it |");
    text.append(" before 50% named | before 95% named | 95% named after |");
    text.append(" honest organisations named |\n|---|---|---|---|---|---|---|---|---|---|\n");
    for (String campaign : results.campaigns()) {
      for (String log : results.methods(campaign)) {
        Pooled pooled = results.pooled(campaign, log);
        text.append(
            "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n"
                .formatted(
                    campaign,
                    log.equals(AbuseEvaluationCommand.DETECTOR) ? "all seeds" : log,
                    precision(pooled),
                    words(pooled.recall()),
                    firstAlert(pooled),
                    thousandths(pooled.leakedBeforeFirst()),
                    percent(pooled.leakedBeforeHalf()),
                    percent(pooled.leakedBeforeMost()),
                    pooled.mostNamed().map(after -> after.toMinutes() + " min").orElse("never"),
                    harmed(pooled.harmed())));
      }
    }
    return text.toString();
  }

  /** V6 with ever fewer disguises. */
  static String disguises(EvaluationResults results, String conditions, String folder) {
    StringBuilder text = new StringBuilder();
    text.append("## V6 with disguises left off\n\n").append(conditions);
    text.append(" V6 has own cards and networks, no template, natural hours and ordinary traffic");
    text.append(" over it. Named is what was left off.\n\n");
    text.append("| campaign | precision | recall | first alert | leaked before it |");
    text.append(" honest organisations named |\n|---|---|---|---|---|---|\n");
    for (String campaign : results.campaigns()) {
      Pooled pooled = results.pooled(campaign, AbuseEvaluationCommand.DETECTOR);
      text.append(
          "| %s | %s | %s | %s | %s | %s |\n"
              .formatted(
                  campaign,
                  precision(pooled),
                  words(pooled.recall()),
                  firstAlert(pooled),
                  percent(pooled.leakedBeforeFirst()),
                  harmed(pooled.harmed())));
    }
    return text.append(image("disguises", folder)).toString();
  }

  /** The detector that is blind to one signal. */
  static String ablations(EvaluationResults results, String conditions, String folder) {
    StringBuilder text = new StringBuilder();
    text.append("## What each kind of evidence contributes\n\n").append(conditions);
    text.append(
        " Accounts named of each campaign, when the first was, and honest organisations in all logs.");
    text.append("\n\n| |");
    results.campaigns().forEach(campaign -> text.append(" %s |".formatted(campaign)));
    text.append(" honest organisations named |\n|---|");
    text.append("---|".repeat(results.campaigns().size() + 1)).append('\n');
    for (String variant : results.methods()) {
      Map<String, Integer> harmed = new TreeMap<>();
      text.append("| %s |".formatted(variant));
      for (String campaign : results.campaigns()) {
        Pooled pooled = results.pooled(campaign, variant);
        text.append(String.format(Locale.ROOT, " %.1f%%", 100 * pooled.recall().value()));
        pooled
            .latestFirstAlert()
            .ifPresent(after -> text.append(", %d min".formatted(after.toMinutes())));
        text.append(" |");
        pooled.harmed().forEach((kind, count) -> harmed.merge(kind, count, Integer::sum));
      }
      text.append(" %s |\n".formatted(harmed(harmed)));
    }
    return text.append(image("ablations", folder)).toString();
  }

  /** Abuse that no cluster shows. */
  static String scenarios(List<ScenarioEvaluation.Row> rows) {
    StringBuilder text = new StringBuilder();
    text.append("## Abuse that no cluster shows\n\n").append(ScenarioEvaluation.conditions());
    text.append("\n\n| seed | resold accounts named (S6) | honest organisations named |");
    text.append(" leak found (S7) | other tenants named |\n|---|---|---|---|---|\n");
    for (ScenarioEvaluation.Row row : rows) {
      text.append(
          "| %d | %s | %s | %s | %d |\n"
              .formatted(
                  row.seed(),
                  words(row.relays()),
                  harmed(row.harmed()),
                  row.leakFound()
                      .map(after -> "after %d min".formatted(after.toMinutes()))
                      .orElse("no"),
                  row.otherTenants()));
    }
    return text.toString();
  }

  private static void row(
      String campaign, String method, EvaluationResults results, StringBuilder text) {
    Pooled pooled = results.pooled(campaign, method);
    text.append(
        "| %s | %s | %s | %s | %s | %s | %s | %s |\n"
            .formatted(
                campaign,
                method,
                precision(pooled),
                words(pooled.recall()),
                firstAlert(pooled),
                percent(pooled.leakedBeforeFirst()),
                percent(pooled.leakedBeforeMost()),
                harmed(pooled.harmed())));
  }

  private static String precision(Pooled pooled) {
    return pooled.precision().whole() == 0 ? "nobody named" : words(pooled.precision());
  }

  private static String firstAlert(Pooled pooled) {
    return pooled
        .latestFirstAlert()
        .map(after -> after.toMinutes() + " min")
        .orElse("never, in some seed");
  }

  private static String harmed(Map<String, Integer> harmed) {
    if (harmed.isEmpty()) {
      return "none";
    }
    List<String> kinds = new ArrayList<>();
    harmed.forEach((kind, count) -> kinds.add(count + " " + kind));
    return String.join(", ", kinds);
  }

  private static void fields(EvaluationResults results, StringBuilder text) {
    text.append(
        "\n## What a single field tells\n\nArea under the curve of the best threshold on an");
    text.append(" account's mean of one raw field; of the seeds the one farthest from 0.5.\n\n");
    text.append("| field |");
    results.fields().keySet().forEach(campaign -> text.append(" %s |".formatted(campaign)));
    text.append("\n|---|").append("---|".repeat(results.fields().size())).append('\n');
    for (String field : results.fields().values().iterator().next().keySet()) {
      text.append("| %s |".formatted(field));
      for (Map<String, Double> areas : results.fields().values()) {
        text.append(String.format(Locale.ROOT, " %.2f |", areas.get(field)));
      }
      text.append('\n');
    }
  }

  private static String words(Share share) {
    return String.format(
        Locale.ROOT,
        "%.1f%% (%.1f–%.1f)",
        100 * share.value(),
        100 * share.low(),
        100 * share.high());
  }

  private static String thousandths(Share share) {
    return String.format(
        Locale.ROOT,
        "%.3f%% (%.3f–%.3f), %d of %d",
        100 * share.value(),
        100 * share.low(),
        100 * share.high(),
        share.part(),
        share.whole());
  }

  private static String percent(Share share) {
    return String.format(Locale.ROOT, "%.2f%%", 100 * share.value());
  }
}
