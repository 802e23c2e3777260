package io.dualtrack.bench.abuse;

import io.dualtrack.bench.abuse.EvaluationResults.Pooled;
import io.dualtrack.bench.abuse.Score.Share;
import java.awt.Color;
import java.awt.Dimension;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.w3c.dom.Document;

/**
 * The page about an evaluation. What stands between the marks is written anew each time; the rest
 * of a page that is there stays, so that people can say beside the figures what they mean.
 */
final class EvaluationPage {

  private static final String BEGIN =
      "<!-- figures: made by `./dualtrack bench abuse-evaluation` -->";
  private static final String END = "<!-- end of figures -->";
  private static final int WIDTH = 860;
  private static final int HEIGHT = 420;

  private final EvaluationResults results;
  private final EvaluationResults unveiled;
  private final Supplier<String> conditions;

  /**
   * @param unveiled V6 with ever fewer disguises; may be empty
   */
  EvaluationPage(
      EvaluationResults results, EvaluationResults unveiled, Supplier<String> conditions) {
    this.results = results;
    this.unveiled = unveiled;
    this.conditions = conditions;
  }

  /**
   * Writes the page, and its plots into a folder of its name beside it.
   *
   * @throws IOException if a file cannot be written
   */
  void write(Path page) throws IOException {
    System.setProperty("java.awt.headless", "true");
    String name = page.getFileName().toString().replaceFirst("\\.md$", "");
    Path plots = page.toAbsolutePath().resolveSibling(name);
    Files.createDirectories(plots);
    plot(named(), plots.resolve("named.svg"));
    plot(recalls(), plots.resolve("recall.svg"));
    plot(precisions(), plots.resolve("precision.svg"));
    String figures = BEGIN + "\n\n" + figures(name) + "\n" + END;
    String before = "# Evaluation of the abuse job\n\n";
    String after = "\n";
    if (Files.exists(page)) {
      String old = Files.readString(page);
      int begin = old.indexOf(BEGIN);
      int end = old.indexOf(END);
      if (begin >= 0 && end > begin) {
        before = old.substring(0, begin);
        after = old.substring(end + END.length());
      }
    }
    Files.writeString(page, before + figures + after);
  }

  private String figures(String folder) {
    StringBuilder text = new StringBuilder();
    text.append("All logs are synthetic but for their texts and the shapes of clients' traffic: ");
    text.append(conditions.get()).append(" Seeds are pooled; intervals are Wilson's, 95%.\n\n");
    text.append("## Detection by campaign\n\n");
    text.append("| campaign | method | precision | recall | first alert, latest seed |");
    text.append(" leaked before it | leaked before 95% named | honest organisations named |\n");
    text.append("|---|---|---|---|---|---|---|---|\n");
    for (String campaign : results.campaigns()) {
      for (String method : results.methods()) {
        row(campaign, method, text);
      }
    }
    for (String plot : List.of("named", "recall", "precision")) {
      text.append("\n![%s](%s/%s.svg)\n".formatted(plot, folder, plot));
    }
    unveiled(text);
    ablations(text);
    scenarios(text);
    fields(text);
    return text.toString();
  }

  private void unveiled(StringBuilder text) {
    if (unveiled.campaigns().isEmpty()) {
      return;
    }
    text.append("\n## V6 with disguises left off\n\nParaphrased and under ordinary traffic as");
    text.append(" V6, but with a template, with shared cards and networks, in step, or with two");
    text.append(" of these; the first seed.\n\n");
    text.append("| campaign | precision | recall | first alert | honest organisations named |\n");
    text.append("|---|---|---|---|---|\n");
    for (String campaign : unveiled.campaigns()) {
      Pooled pooled = unveiled.pooled(campaign, AbuseEvaluationCommand.DETECTOR);
      text.append(
          "| %s | %s | %s | %s | %s |\n"
              .formatted(
                  campaign,
                  precision(pooled),
                  words(pooled.recall()),
                  firstAlert(pooled),
                  harmed(pooled.harmed())));
    }
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

  private void ablations(StringBuilder text) {
    if (results.ablations().isEmpty()) {
      return;
    }
    text.append("\n## What each kind of evidence contributes\n\nRecall of the detector that is");
    text.append(
        " blind to one signal, on the first seed, and the honest organisations it named.\n");
    text.append("\n| |");
    results.campaigns().forEach(campaign -> text.append(" %s |".formatted(campaign)));
    text.append(" honest organisations named |\n|---|");
    text.append("---|".repeat(results.campaigns().size() + 1)).append('\n');
    for (String ablation : results.ablations()) {
      Map<String, Integer> harmed = new TreeMap<>();
      text.append("| %s |".formatted(ablation));
      for (String campaign : results.campaigns()) {
        Pooled pooled = results.pooled(campaign, ablation);
        text.append(String.format(Locale.ROOT, " %.1f%% |", 100 * pooled.recall().value()));
        pooled.harmed().forEach((kind, count) -> harmed.merge(kind, count, Integer::sum));
      }
      text.append(" %s |\n".formatted(harmed(harmed)));
    }
  }

  private void scenarios(StringBuilder text) {
    if (results.scenarios().isEmpty()) {
      return;
    }
    text.append("\n## Abuse that no cluster shows\n\n").append(ScenarioEvaluation.conditions());
    text.append("\n\n| seed | resold accounts named (S6) | honest organisations named |");
    text.append(" leak found (S7) | other tenants named |\n|---|---|---|---|---|\n");
    for (ScenarioEvaluation.Row row : results.scenarios()) {
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
  }

  private void row(String campaign, String method, StringBuilder text) {
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

  private static String harmed(Map<String, Integer> harmed) {
    if (harmed.isEmpty()) {
      return "none";
    }
    List<String> kinds = new ArrayList<>();
    harmed.forEach((kind, count) -> kinds.add(count + " " + kind));
    return String.join(", ", kinds);
  }

  private void fields(StringBuilder text) {
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

  private static String percent(Share share) {
    return String.format(Locale.ROOT, "%.2f%%", 100 * share.value());
  }

  /** Shares of the campaigns' accounts that the detector had named, over the campaigns' time. */
  private XYChart named() {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Accounts named")
            .xAxisTitle("hours since the campaign began")
            .yAxisTitle("percent")
            .build();
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(100.0).setChartBackgroundColor(Color.WHITE);
    for (String campaign : results.campaigns()) {
      Pooled pooled = results.pooled(campaign, AbuseEvaluationCommand.DETECTOR);
      List<Double> hours = new ArrayList<>(List.of(0.0));
      List<Double> shares = new ArrayList<>(List.of(0.0));
      long whole = Math.max(1, pooled.recall().whole());
      for (int i = 0; i < pooled.named().size(); i++) {
        hours.add(hours(pooled.named().get(i)));
        shares.add(100.0 * (i + 1) / whole);
      }
      chart.addSeries(campaign, hours, shares).setMarker(SeriesMarkers.NONE);
    }
    return chart;
  }

  private static double hours(Duration after) {
    return Math.max(0, after.toMillis()) / 3_600_000.0;
  }

  private CategoryChart recalls() {
    return bars("Recall, percent", Pooled::recall);
  }

  private CategoryChart precisions() {
    return bars("Precision, percent", Pooled::precision);
  }

  private interface Part {
    Share of(Pooled pooled);
  }

  private CategoryChart bars(String title, Part part) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("campaign")
            .build();
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(100.0).setChartBackgroundColor(Color.WHITE);
    for (String method : results.methods()) {
      chart.addSeries(
          method,
          results.campaigns(),
          results.campaigns().stream()
              .map(campaign -> 100 * part.of(results.pooled(campaign, method)).value())
              .toList());
    }
    return chart;
  }

  private static void plot(Chart<?, ?> chart, Path file) throws IOException {
    try (Writer out = Files.newBufferedWriter(file)) {
      Document empty =
          DocumentBuilderFactory.newDefaultInstance()
              .newDocumentBuilder()
              .getDOMImplementation()
              .createDocument(SVGGraphics2D.SVG_NAMESPACE_URI, "svg", null);
      SVGGraphics2D canvas = new SVGGraphics2D(empty);
      canvas.setSVGCanvasSize(new Dimension(WIDTH, HEIGHT));
      chart.paint(canvas, WIDTH, HEIGHT);
      canvas.stream(out, true);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("the JDK has no XML", e);
    }
  }
}
