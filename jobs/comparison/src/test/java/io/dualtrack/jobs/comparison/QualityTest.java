package io.dualtrack.jobs.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.ShadowDay;
import io.dualtrack.schemas.ShadowMeasure;
import io.dualtrack.schemas.ShadowPair;
import io.dualtrack.schemas.ShadowQuality;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class QualityTest {

  private final PairScorer scorer = new PairScorer();

  @Test
  void theSumIsTheSameInWhateverOrder() {
    ShadowQuality one = scored("42", "42", 0);
    ShadowQuality two = scored("42", "41", 1);
    ShadowQuality three = scored("Dear Ann,", "", 0);

    assertThat(Quality.sum(Quality.sum(one, two), three).getDays())
        .isEqualTo(Quality.sum(one, Quality.sum(three, two)).getDays());
  }

  @Test
  void onlyTheLastDaysAreKept() {
    ShadowQuality sum = scored("42", "42", 0);
    for (int day = 1; day < 40; day++) {
      sum = Quality.sum(sum, scored("42", "42", day));
    }

    assertThat(sum.getDays()).hasSize(28);
    assertThat(sum.getDays().get(27).getDay()).isEqualTo("2026-08-08");
    assertThat(Quality.total(sum.getDays()).getPairs()).isEqualTo(28);
  }

  @Test
  void usageIsAddedUpForWhatBothUsed() {
    ShadowDay day = Quality.total(Quality.sum(scored("1", "1", 0), scored("1", "1", 0)).getDays());

    assertThat(day.getPricedPairs()).isEqualTo(2);
    assertThat(day.getToUsage().getUncachedInput()).isEqualTo(200);
    assertThat(day.getToUsage().getOutput()).isEqualTo(40);
  }

  @Test
  void failuresOfManyCodesAreNotToldApartForEver() {
    ShadowQuality sum = scored("1", "1", 0);
    for (int i = 0; i < 100; i++) {
      ShadowPair pair = Pairs.of("1", "1").build();
      pair.getShadow().setStatus(io.dualtrack.schemas.CompletionStatus.REJECTED);
      pair.getShadow().setErrorCode("code_" + i);
      sum = Quality.sum(sum, scorer.score(pair));
    }

    ShadowDay day = Quality.total(sum.getDays());
    assertThat(day.getFailures()).hasSize(21);
    assertThat(day.getFailures().values().stream().mapToLong(Long::longValue).sum()).isEqualTo(100);
  }

  @Test
  void aFigureOfEachAnswerIsTheDifferenceToTheFirst() {
    ShadowQuality sum = scored("Here it is.", "I'm sorry, but I can't help with that.", 0);
    ShadowQuality both = Quality.withFigures(Quality.sum(sum, scored("Yes.", "Yes.", 0)));

    assertThat(both.getFigures())
        .filteredOn(figure -> figure.getMeasure() == ShadowMeasure.REFUSED)
        .singleElement()
        .satisfies(
            figure -> {
              assertThat(figure.getValue()).isEqualTo(0.5);
              assertThat(figure.getLow()).isLessThan(0.5);
            });
  }

  private ShadowQuality scored(String first, String second, int days) {
    return scorer.score(
        Pairs.of(first, second).setAt(Pairs.NOON.plus(Duration.ofDays(days))).build());
  }
}
