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
import java.util.function.Function;
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
 * Plots of an evaluation, as SVG.
 *
 * @param folder that they go to; it is made if it is not there
 */
record EvaluationPlots(Path folder) {

  private static final int WIDTH = 860;
  private static final int HEIGHT = 420;

  /** Shares of the campaigns' accounts that the detector had named, over the campaigns' time. */
  void named(EvaluationResults results) throws IOException {
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
    plot(chart, "named");
  }

  private static double hours(Duration after) {
    return Math.max(0, after.toMillis()) / 3_600_000.0;
  }

  /** Bars of a share for each campaign and method. */
  void bars(String name, String title, EvaluationResults results, Function<Pooled, Share> part)
      throws IOException {
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
              .map(campaign -> 100 * part.apply(results.pooled(campaign, method)).value())
              .toList());
    }
    plot(chart, name);
  }

  private void plot(Chart<?, ?> chart, String name) throws IOException {
    System.setProperty("java.awt.headless", "true");
    Files.createDirectories(folder);
    try (Writer out = Files.newBufferedWriter(folder.resolve(name + ".svg"))) {
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
