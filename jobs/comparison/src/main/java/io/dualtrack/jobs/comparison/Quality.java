package io.dualtrack.jobs.comparison;

import io.dualtrack.schemas.ShadowDay;
import io.dualtrack.schemas.ShadowFigure;
import io.dualtrack.schemas.ShadowMeasure;
import io.dualtrack.schemas.ShadowQuality;
import io.dualtrack.schemas.ShadowRatio;
import io.dualtrack.schemas.ShadowShare;
import io.dualtrack.schemas.Usage;
import io.dualtrack.schemas.statistics.Interval;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Adds records of quality up, and says what their counts mean. Nothing that is given is changed.
 */
public final class Quality {

  /** Days that are kept. */
  public static final int DAYS = 28;

  /** Codes of failure that a day tells apart. */
  private static final int MOST_CODES = 20;

  private static final String OTHER_CODES = "other";

  private Quality() {}

  /** Key on the topic. */
  public static String key(ShadowQuality quality) {
    return String.join(
        "|", quality.getTenant(), quality.getTask(), quality.getFrom(), quality.getTo());
  }

  /** Two records of the same tenant, task and offerings. */
  public static ShadowQuality sum(ShadowQuality one, ShadowQuality other) {
    Map<String, ShadowDay> days = new TreeMap<>();
    one.getDays().forEach(day -> days.put(day.getDay(), day));
    other.getDays().forEach(day -> days.merge(day.getDay(), day, Quality::sum));
    List<ShadowDay> all = new ArrayList<>(days.values());
    return new ShadowQuality(
        one.getTenant(),
        one.getTask(),
        one.getFrom(),
        one.getTo(),
        all.subList(Math.max(0, all.size() - DAYS), all.size()),
        List.of(),
        Interval.CONFIDENCE,
        one.getAt().isAfter(other.getAt()) ? one.getAt() : other.getAt());
  }

  static ShadowDay sum(ShadowDay one, ShadowDay other) {
    return new ShadowDay(
        other.getDay(),
        one.getPairs() + other.getPairs(),
        shares(one.getShares(), other.getShares()),
        ratios(one.getRatios(), other.getRatios()),
        one.getPricedPairs() + other.getPricedPairs(),
        sum(one.getFromUsage(), other.getFromUsage()),
        sum(one.getToUsage(), other.getToUsage()),
        one.getFromMillis() + other.getFromMillis(),
        one.getToMillis() + other.getToMillis(),
        failures(one.getFailures(), other.getFailures()));
  }

  /** All days as one, under the name of the last; there is at least one. */
  public static ShadowDay total(List<ShadowDay> days) {
    return days.stream().reduce(Quality::sum).orElseThrow();
  }

  static ShadowQuality withFigures(ShadowQuality quality) {
    return new ShadowQuality(
        quality.getTenant(),
        quality.getTask(),
        quality.getFrom(),
        quality.getTo(),
        quality.getDays(),
        figures(total(quality.getDays())),
        Interval.CONFIDENCE,
        quality.getAt());
  }

  /** Every figure that can be had of counts. */
  public static List<ShadowFigure> figures(ShadowDay counts) {
    List<ShadowFigure> figures = new ArrayList<>();
    for (ShadowShare share : counts.getShares()) {
      figures.add(figure(share.getMeasure(), share.getPairs(), interval(share)));
    }
    for (ShadowRatio ratio : counts.getRatios()) {
      figures.add(
          figure(
              ratio.getMeasure(),
              ratio.getPairs(),
              Interval.ratio(ratio.getSum(), ratio.getSumOfSquares(), ratio.getPairs())));
    }
    return figures;
  }

  private static ShadowFigure figure(ShadowMeasure measure, long pairs, Interval interval) {
    return new ShadowFigure(measure, pairs, interval.value(), interval.low(), interval.high());
  }

  private static Interval interval(ShadowShare share) {
    return isOfPair(share.getMeasure())
        ? Interval.share(share.getBoth(), share.getPairs())
        : Interval.difference(share.getFrom(), share.getTo(), share.getBoth(), share.getPairs());
  }

  /** Whether a measure is of a pair as such, and not of each answer. */
  public static boolean isOfPair(ShadowMeasure measure) {
    return switch (measure) {
      case SAME_TEXT, SAME_NORMALISED, SAME_NUMBER, SAME_TOOL_CALLS, SAME_LANGUAGE -> true;
      case ANSWERED, VALID_JSON, FITS_SCHEMA, REFUSED, CUT_OFF -> false;
      case LENGTH, OUTPUT_TOKENS, LATENCY, UNKNOWN -> false;
    };
  }

  private static List<ShadowShare> shares(List<ShadowShare> one, List<ShadowShare> other) {
    Map<ShadowMeasure, ShadowShare> sums = new EnumMap<>(ShadowMeasure.class);
    one.forEach(share -> sums.put(share.getMeasure(), share));
    other.forEach(
        share ->
            sums.merge(
                share.getMeasure(),
                share,
                (a, b) ->
                    new ShadowShare(
                        a.getMeasure(),
                        a.getPairs() + b.getPairs(),
                        a.getFrom() + b.getFrom(),
                        a.getTo() + b.getTo(),
                        a.getBoth() + b.getBoth())));
    return List.copyOf(sums.values());
  }

  private static List<ShadowRatio> ratios(List<ShadowRatio> one, List<ShadowRatio> other) {
    Map<ShadowMeasure, ShadowRatio> sums = new EnumMap<>(ShadowMeasure.class);
    one.forEach(ratio -> sums.put(ratio.getMeasure(), ratio));
    other.forEach(
        ratio ->
            sums.merge(
                ratio.getMeasure(),
                ratio,
                (a, b) ->
                    new ShadowRatio(
                        a.getMeasure(),
                        a.getPairs() + b.getPairs(),
                        a.getSum() + b.getSum(),
                        a.getSumOfSquares() + b.getSumOfSquares())));
    return List.copyOf(sums.values());
  }

  private static Map<String, Long> failures(Map<String, Long> one, Map<String, Long> other) {
    Map<String, Long> sums = new HashMap<>(one);
    other.forEach(
        (code, count) ->
            sums.merge(
                sums.containsKey(code) || sums.size() < MOST_CODES ? code : OTHER_CODES,
                count,
                Long::sum));
    return sums;
  }

  private static Usage sum(Usage one, Usage other) {
    return new Usage(
        one.getUncachedInput() + other.getUncachedInput(),
        one.getCacheRead() + other.getCacheRead(),
        one.getCacheWrite5m() + other.getCacheWrite5m(),
        one.getCacheWrite1h() + other.getCacheWrite1h(),
        one.getOutput() + other.getOutput(),
        one.getReasoning() + other.getReasoning(),
        one.getAudioInput() + other.getAudioInput(),
        one.getAudioCacheRead() + other.getAudioCacheRead(),
        one.getAudioOutput() + other.getAudioOutput(),
        one.getImageInput() + other.getImageInput(),
        one.getImageOutput() + other.getImageOutput(),
        one.getAudioSeconds() + other.getAudioSeconds(),
        one.getMismatch() + other.getMismatch());
  }
}
