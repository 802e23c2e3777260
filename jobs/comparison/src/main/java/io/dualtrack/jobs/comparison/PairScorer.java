package io.dualtrack.jobs.comparison;

import io.dualtrack.bodies.Languages;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.ShadowAnswer;
import io.dualtrack.schemas.ShadowDay;
import io.dualtrack.schemas.ShadowMeasure;
import io.dualtrack.schemas.ShadowPair;
import io.dualtrack.schemas.ShadowQuality;
import io.dualtrack.schemas.ShadowRatio;
import io.dualtrack.schemas.ShadowShare;
import io.dualtrack.schemas.Usage;
import io.dualtrack.schemas.statistics.Interval;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What one pair says, as counts of one. A measure is asked only where it means something: of
 * numbers where the first answer ends in one, of JSON where the request wanted it, and of texts
 * where both answered.
 *
 * <p>Nothing in a pair makes it throw: what cannot be parsed is no JSON, no number, no tool call.
 */
final class PairScorer {

  private static final Usage NOTHING = Usage.newBuilder().build();

  private final Schemas schemas = new Schemas();

  ShadowQuality score(ShadowPair pair) {
    return new ShadowQuality(
        pair.getTenant(),
        Tasks.of(pair),
        pair.getPrimary().getOffering(),
        pair.getShadow().getOffering(),
        List.of(day(pair)),
        List.of(),
        Interval.CONFIDENCE,
        pair.getAt());
  }

  private ShadowDay day(ShadowPair pair) {
    ShadowAnswer primary = pair.getPrimary();
    ShadowAnswer shadow = pair.getShadow();
    boolean first = isAnswered(primary);
    boolean second = isAnswered(shadow);
    List<ShadowShare> shares = new ArrayList<>();
    List<ShadowRatio> ratios = new ArrayList<>();
    shares.add(each(ShadowMeasure.ANSWERED, first, second));
    if (first && second) {
      ratios.add(ratio(ShadowMeasure.LATENCY, millis(primary), millis(shadow)));
      compare(
          Asked.of(pair.getBody()),
          Answer.of(primary.getBody()),
          Answer.of(shadow.getBody()),
          shares,
          ratios);
    }
    boolean used = first && second && primary.getUsage() != null && shadow.getUsage() != null;
    if (used && primary.getUsage().getOutput() > 0 && shadow.getUsage().getOutput() > 0) {
      ratios.add(
          ratio(
              ShadowMeasure.OUTPUT_TOKENS,
              primary.getUsage().getOutput(),
              shadow.getUsage().getOutput()));
    }
    return new ShadowDay(
        LocalDate.ofInstant(pair.getAt(), ZoneOffset.UTC).toString(),
        1L,
        shares,
        ratios,
        used ? 1L : 0L,
        used ? primary.getUsage() : NOTHING,
        used ? shadow.getUsage() : NOTHING,
        used ? millis(primary) : 0L,
        used ? millis(shadow) : 0L,
        second ? Map.of() : Map.of(failure(shadow), 1L));
  }

  private void compare(
      Asked asked,
      Answer first,
      Answer second,
      List<ShadowShare> shares,
      List<ShadowRatio> ratios) {
    if (!first.isReadable() || !second.isReadable()) {
      return;
    }
    shares.add(each(ShadowMeasure.REFUSED, first.isRefusal(), second.isRefusal()));
    shares.add(each(ShadowMeasure.CUT_OFF, first.isCutOff(), second.isCutOff()));
    if (asked.offersTools() && !(first.toolCalls().isEmpty() && second.toolCalls().isEmpty())) {
      shares.add(pair(ShadowMeasure.SAME_TOOL_CALLS, first.callsSameToolsAs(second)));
    }
    if (first.text().isEmpty()) {
      return;
    }
    shares.add(pair(ShadowMeasure.SAME_TEXT, first.text().equals(second.text())));
    shares.add(pair(ShadowMeasure.SAME_NORMALISED, NormalText.same(first, second)));
    Optional<BigDecimal> number = FinalNumber.stated(first.text());
    if (number.isPresent() && !asked.wantsJson()) {
      boolean same =
          FinalNumber.any(second.text()).filter(it -> it.compareTo(number.get()) == 0).isPresent();
      shares.add(pair(ShadowMeasure.SAME_NUMBER, same));
    }
    if (asked.wantsJson()) {
      shares.add(each(ShadowMeasure.VALID_JSON, first.isJson(), second.isJson()));
      schemas
          .of(asked)
          .ifPresent(
              schema ->
                  shares.add(
                      each(
                          ShadowMeasure.FITS_SCHEMA,
                          schema.fits(first.json()),
                          schema.fits(second.json()))));
    } else {
      String language = Languages.of(first.text());
      String other = Languages.of(second.text());
      if (!language.equals(Languages.UNDETERMINED) && !other.equals(Languages.UNDETERMINED)) {
        shares.add(pair(ShadowMeasure.SAME_LANGUAGE, language.equals(other)));
      }
    }
    if (!second.text().isEmpty()) {
      ratios.add(ratio(ShadowMeasure.LENGTH, first.text().length(), second.text().length()));
    }
  }

  private static boolean isAnswered(ShadowAnswer answer) {
    return answer.getStatus() == CompletionStatus.ANSWERED;
  }

  private static String failure(ShadowAnswer answer) {
    return Objects.requireNonNullElse(answer.getErrorCode(), answer.getStatus().name());
  }

  private static long millis(ShadowAnswer answer) {
    return Math.max(1, Duration.between(answer.getStartedAt(), answer.getFinishedAt()).toMillis());
  }

  private static ShadowShare each(ShadowMeasure measure, boolean first, boolean second) {
    return new ShadowShare(
        measure, 1L, first ? 1L : 0L, second ? 1L : 0L, first && second ? 1L : 0L);
  }

  private static ShadowShare pair(ShadowMeasure measure, boolean same) {
    long count = same ? 1 : 0;
    return new ShadowShare(measure, 1L, count, count, count);
  }

  private static ShadowRatio ratio(ShadowMeasure measure, long first, long second) {
    double log = Math.log((double) second / first);
    return new ShadowRatio(measure, 1L, log, log * log);
  }
}
