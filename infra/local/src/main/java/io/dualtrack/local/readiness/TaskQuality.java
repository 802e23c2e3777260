package io.dualtrack.local.readiness;

import io.dualtrack.jobs.comparison.Quality;
import io.dualtrack.schemas.ShadowDay;
import io.dualtrack.schemas.ShadowFigure;
import io.dualtrack.schemas.ShadowMeasure;
import io.dualtrack.schemas.ShadowQuality;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a tenant's task would fare, as measured by copies.
 *
 * @param counts of all days
 */
public record TaskQuality(
    String tenant, String task, ShadowDay counts, List<ShadowFigure> figures, Verdict verdict) {

  /** Whether anything is lost, at the confidence of the intervals. */
  public enum Verdict {
    /** Nothing that counts is worse by more than the tolerance. */
    HOLDS,
    /** Something is worse by more than nothing. */
    LOSES,
    /** Too few pairs to tell, or nothing that tells right from wrong. */
    UNDECIDED
  }

  /**
   * Days on or after the one of {@code since}, UTC.
   *
   * @param tolerance share of the requests that may be worse
   * @return empty where there is no such day
   */
  public static Optional<TaskQuality> of(ShadowQuality quality, Instant since, double tolerance) {
    String first = LocalDate.ofInstant(since, ZoneOffset.UTC).toString();
    List<ShadowDay> days =
        quality.getDays().stream().filter(day -> day.getDay().compareTo(first) >= 0).toList();
    if (days.isEmpty()) {
      return Optional.empty();
    }
    ShadowDay counts = Quality.total(days);
    List<ShadowFigure> figures = Quality.figures(counts);
    return Optional.of(
        new TaskQuality(
            quality.getTenant(), quality.getTask(), counts, figures, verdict(figures, tolerance)));
  }

  /** Share of the requests that may be answered worse, at most; empty where nothing tells. */
  public Optional<Double> lostAtMost() {
    return figures.stream()
        .flatMap(figure -> lossOf(figure).stream())
        .map(Loss::most)
        .reduce(Math::max);
  }

  private record Loss(double least, double most) {}

  /**
   * What a figure says of the share of requests that fare worse. Two answers that say the same are
   * right or wrong together, so no more can be lost than they disagree on; how much that is nobody
   * knows without the right answers.
   */
  private static Optional<Loss> lossOf(ShadowFigure figure) {
    return switch (figure.getMeasure()) {
      case SAME_NUMBER, SAME_TOOL_CALLS -> Optional.of(new Loss(0, 1 - figure.getLow()));
      case ANSWERED, VALID_JSON, FITS_SCHEMA ->
          Optional.of(new Loss(-figure.getHigh(), -figure.getLow()));
      case REFUSED, CUT_OFF -> Optional.of(new Loss(figure.getLow(), figure.getHigh()));
      case SAME_TEXT, SAME_NORMALISED, SAME_LANGUAGE, LENGTH, OUTPUT_TOKENS, LATENCY, UNKNOWN ->
          Optional.empty();
    };
  }

  private static Verdict verdict(List<ShadowFigure> figures, double tolerance) {
    boolean tells = false;
    boolean within = true;
    for (ShadowFigure figure : figures) {
      Optional<Loss> loss = lossOf(figure);
      if (loss.isPresent()) {
        if (loss.get().least() > 0) {
          return Verdict.LOSES;
        }
        tells |= tellsOfContent(figure.getMeasure());
        within &= loss.get().most() <= tolerance;
      }
    }
    return tells && within ? Verdict.HOLDS : Verdict.UNDECIDED;
  }

  /** That an answer came, and was none that refuses, says nothing of what stands in it. */
  private static boolean tellsOfContent(ShadowMeasure measure) {
    return switch (measure) {
      case SAME_NUMBER, SAME_TOOL_CALLS, FITS_SCHEMA -> true;
      default -> false;
    };
  }

  /** Reasons why the second offering did not answer, and how often. */
  public Map<String, Long> failures() {
    return counts.getFailures();
  }
}
