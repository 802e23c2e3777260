package io.dualtrack.local.readiness;

import io.dualtrack.jobs.comparison.Quality;
import io.dualtrack.schemas.ShadowFigure;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.w3c.dom.Document;

/** The report's figures as pictures. */
final class ReadinessPlots {

  private static final int WIDTH = 900;
  private static final int HEIGHT = 420;
  private static final int ROW = 44;
  private static final int LABEL_DEGREES = 30;

  private ReadinessPlots() {}

  /**
   * @return names of the files; of what is not known there is none
   */
  static List<String> write(Readiness readiness, Path folder) throws IOException {
    List<String> names = new ArrayList<>();
    if (!readiness.tasks().isEmpty()) {
      names.add("quality.svg");
      XYChart chart = quality(readiness);
      plot(chart, chart.getHeight(), folder.resolve("quality.svg"));
    }
    if (!readiness.traffic().minutes().isEmpty()) {
      names.add("load.svg");
      plot(load(readiness), HEIGHT, folder.resolve("load.svg"));
    }
    Map<String, Long> breaks = breaks(readiness.breaks());
    if (!breaks.isEmpty()) {
      names.add("breaks.svg");
      plot(breaks(breaks, readiness), HEIGHT, folder.resolve("breaks.svg"));
    }
    return names;
  }

  /** Each share that is asked of pairs as a line over its interval, with a dot at its value. */
  private static XYChart quality(Readiness readiness) {
    List<ShadowFigure> figures = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    for (TaskQuality task : readiness.tasks()) {
      for (ShadowFigure figure : task.figures()) {
        if (Quality.isOfPair(figure.getMeasure())) {
          figures.add(figure);
          labels.add(
              "%s, %s: %s"
                  .formatted(task.tenant(), task.task(), ReadinessPage.words(figure.getMeasure())));
        }
      }
    }
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(120 + ROW * figures.size())
            .title("Copies that say the same, percent, with intervals at 95%")
            .build();
    XYStyler styler = chart.getStyler();
    styler.setLegendVisible(false).setChartBackgroundColor(Color.WHITE);
    styler.setYAxisTicksVisible(false).setXAxisMin(0.0).setXAxisMax(100.0);
    styler.setYAxisMin(-figures.size() - 0.5).setYAxisMax(0.0);
    for (int i = 0; i < figures.size(); i++) {
      ShadowFigure figure = figures.get(i);
      double row = -i - 1;
      XYSeries line =
          chart.addSeries(
              "interval " + i,
              new double[] {100 * figure.getLow(), 100 * figure.getHigh()},
              new double[] {row, row});
      line.setMarker(SeriesMarkers.NONE).setLineColor(Color.GRAY);
      line.setLineStyle(new BasicStroke(3));
      chart
          .addSeries("value " + i, new double[] {100 * figure.getValue()}, new double[] {row})
          .setMarker(SeriesMarkers.CIRCLE)
          .setMarkerColor(Color.BLUE);
      // Between the lines: XChart has no names for places on a vertical axis of numbers.
      chart.addAnnotation(new AnnotationText(labels.get(i), 50, row + 0.45, false));
    }
    return chart;
  }

  /** Calls a minute that would come, what can be answered, and what waits. */
  private static XYChart load(Readiness readiness) {
    Map<Long, Long> arrivals = new TreeMap<>(readiness.traffic().minutes());
    readiness
        .traffic()
        .minutesOfTo()
        .forEach((minute, count) -> arrivals.merge(minute, count, Long::sum));
    long first = arrivals.keySet().iterator().next();
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Load of " + readiness.to().getId())
            .xAxisTitle("minutes since the first call")
            .yAxisTitle("calls")
            .build();
    chart.getStyler().setYAxisMin(0.0).setChartBackgroundColor(Color.WHITE);
    add(chart, "would come in a minute", arrivals, first);
    readiness
        .capacity()
        .ifPresent(
            capacity -> {
              add(chart, "would wait", capacity.waiting(), first);
              double last = arrivals.keySet().stream().mapToLong(each -> each).max().orElse(first);
              chart
                  .addSeries(
                      "can be answered in a minute",
                      new double[] {0, Math.max(1, last - first)},
                      new double[] {capacity.perMinute(), capacity.perMinute()})
                  .setMarker(SeriesMarkers.NONE);
            });
    return chart;
  }

  /**
   * In how many requests each thing is asked for that cannot be done; what is in none is left out.
   */
  private static Map<String, Long> breaks(Breaks breaks) {
    Map<String, Long> counts = new TreeMap<>(breaks.parameters());
    breaks.longerAnswers().ifPresent(count -> counts.put("longer answer", count));
    breaks.beyondContext().ifPresent(count -> counts.put("beyond context", count));
    breaks.beyondContextAsAsked().ifPresent(count -> counts.put("beyond context, as asked", count));
    counts.values().removeIf(count -> count == 0);
    return counts;
  }

  private static CategoryChart breaks(Map<String, Long> counts, Readiness readiness) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(
                "What %s cannot do, of %,d requests"
                    .formatted(readiness.to().getId(), readiness.breaks().requests()))
            .yAxisTitle("requests")
            .build();
    chart.getStyler().setLegendVisible(false).setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setYAxisMin(0.0).setXAxisLabelRotation(LABEL_DEGREES);
    chart.addSeries("requests", List.copyOf(counts.keySet()), List.copyOf(counts.values()));
    return chart;
  }

  private static void add(XYChart chart, String name, Map<Long, Long> minutes, long first) {
    if (!minutes.isEmpty()) {
      chart
          .addSeries(
              name,
              minutes.keySet().stream().mapToDouble(minute -> minute - first).toArray(),
              minutes.values().stream().mapToDouble(count -> count).toArray())
          .setMarker(SeriesMarkers.NONE);
    }
  }

  private static void plot(Chart<?, ?> chart, int height, Path file) throws IOException {
    try (Writer out = Files.newBufferedWriter(file)) {
      Document empty =
          DocumentBuilderFactory.newDefaultInstance()
              .newDocumentBuilder()
              .getDOMImplementation()
              .createDocument(SVGGraphics2D.SVG_NAMESPACE_URI, "svg", null);
      SVGGraphics2D canvas = new SVGGraphics2D(empty);
      canvas.setSVGCanvasSize(new Dimension(WIDTH, height));
      chart.paint(canvas, WIDTH, height);
      canvas.stream(out, true);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("the JDK has no XML", e);
    }
  }
}
