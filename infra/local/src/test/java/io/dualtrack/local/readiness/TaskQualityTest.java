package io.dualtrack.local.readiness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dualtrack.local.readiness.TaskQuality.Verdict;
import io.dualtrack.schemas.ShadowDay;
import io.dualtrack.schemas.ShadowMeasure;
import io.dualtrack.schemas.ShadowQuality;
import io.dualtrack.schemas.ShadowShare;
import io.dualtrack.schemas.Usage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TaskQualityTest {

  private static final Instant SINCE = Instant.parse("2026-06-20T12:00:00Z");

  @Test
  void aTaskHoldsWhereNoMoreThanTheToleranceCanBeLost() {
    TaskQuality task = quality(same(990, 1_000)).orElseThrow();

    assertThat(task.verdict()).isEqualTo(Verdict.HOLDS);
    assertThat(task.lostAtMost().orElseThrow()).isCloseTo(0.0183, within(0.0005));
  }

  @Test
  void withFewPairsNothingIsDecided() {
    assertThat(quality(same(20, 20)).orElseThrow().verdict()).isEqualTo(Verdict.UNDECIDED);
  }

  @Test
  void aDisagreementMayBeALossAndIsNotSaidToBeOne() {
    assertThat(quality(same(700, 1_000)).orElseThrow().verdict()).isEqualTo(Verdict.UNDECIDED);
  }

  @Test
  void answersThatFitTheirSchemaLessOftenAreALoss() {
    ShadowShare fits = new ShadowShare(ShadowMeasure.FITS_SCHEMA, 500L, 498L, 450L, 449L);

    assertThat(quality(fits, same(500, 500)).orElseThrow().verdict()).isEqualTo(Verdict.LOSES);
  }

  @Test
  void moreRefusalsAreALossAndFewerAreNone() {
    ShadowShare more = new ShadowShare(ShadowMeasure.REFUSED, 500L, 5L, 60L, 5L);
    ShadowShare fewer = new ShadowShare(ShadowMeasure.REFUSED, 500L, 60L, 5L, 5L);

    assertThat(quality(more).orElseThrow().verdict()).isEqualTo(Verdict.LOSES);
    assertThat(quality(fewer, same(500, 500)).orElseThrow().verdict()).isEqualTo(Verdict.HOLDS);
  }

  @Test
  void thatAnswersCameSaysNothingOfWhatStandsInThem() {
    ShadowShare answered = new ShadowShare(ShadowMeasure.ANSWERED, 900L, 900L, 900L, 900L);

    assertThat(quality(answered).orElseThrow().verdict()).isEqualTo(Verdict.UNDECIDED);
  }

  @Test
  void daysBeforeDoNotCount() {
    ShadowQuality quality = record(List.of(day("2026-06-19", same(10, 10))));

    assertThat(TaskQuality.of(quality, SINCE, 0.05)).isEmpty();
    ShadowQuality both =
        record(List.of(day("2026-06-19", same(10, 10)), day("2026-06-20", same(3, 4))));
    assertThat(TaskQuality.of(both, SINCE, 0.05).orElseThrow().figures().get(0).getPairs())
        .isEqualTo(4);
  }

  private static java.util.Optional<TaskQuality> quality(ShadowShare... shares) {
    return TaskQuality.of(record(List.of(day("2026-06-21", shares))), SINCE, 0.05);
  }

  private static ShadowShare same(long both, long pairs) {
    return new ShadowShare(ShadowMeasure.SAME_NUMBER, pairs, both, both, both);
  }

  static ShadowDay day(String day, ShadowShare... shares) {
    Usage nothing = Usage.newBuilder().build();
    return new ShadowDay(
        day,
        shares[0].getPairs(),
        List.of(shares),
        List.of(),
        0L,
        nothing,
        nothing,
        0L,
        0L,
        Map.of());
  }

  private static ShadowQuality record(List<ShadowDay> days) {
    return new ShadowQuality("acme", "maths", "sol", "llama", days, List.of(), 0.95, SINCE);
  }
}
