package io.dualtrack.jobs.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.ShadowDay;
import io.dualtrack.schemas.ShadowFigure;
import io.dualtrack.schemas.ShadowMeasure;
import io.dualtrack.schemas.ShadowPair;
import io.dualtrack.schemas.ShadowQuality;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two models whose accuracy on word problems is known, and what is found of them. */
class KnownAccuracyTest {

  private static final int REPETITIONS = 100;

  /**
   * Of 100 intervals with 95% each at least 90 hold the truth, but for one time in a hundred: the
   * 1% quantile of the binomial distribution.
   */
  private static final int FEWEST = 90;

  private final PairScorer scorer = new PairScorer();

  @ParameterizedTest
  @CsvSource({"0.95, 0.80, 100", "1.0, 0.6, 50"})
  void theIntervalOfAgreementHoldsTheTruthAtItsConfidence(double from, double to, int items) {
    // Who errs says another number than the other, so they agree where both are right.
    double truth = from * to;
    int covered = 0;
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
      ShadowFigure figure = agreement(new SplittableRandom(repetition), from, to, items);
      covered += figure.getLow() <= truth && truth <= figure.getHigh() ? 1 : 0;
    }

    assertThat(covered).as("%s and %s, %d items", from, to, items).isGreaterThanOrEqualTo(FEWEST);
  }

  @Test
  void whatIsLostIsNeverMoreThanWhatTheyDisagreeOn() {
    SplittableRandom random = new SplittableRandom(43);
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
      ShadowFigure figure = agreement(random, 0.92, 0.70, 50);
      assertThat(1 - figure.getLow()).isGreaterThanOrEqualTo(0.92 - 0.70);
    }
  }

  private ShadowFigure agreement(SplittableRandom random, double from, double to, int items) {
    ShadowQuality quality = null;
    for (int item = 0; item < items; item++) {
      int answer = random.nextInt(2, 5_000);
      ShadowPair pair =
          Pairs.of(
                  solution(answer, random.nextDouble() < from, 1),
                  solution(answer, random.nextDouble() < to, 2))
              .build();
      ShadowQuality score = scorer.score(pair);
      quality = quality == null ? score : Quality.sum(quality, score);
    }
    ShadowDay total = Quality.total(quality.getDays());
    return Quality.figures(total).stream()
        .filter(figure -> figure.getMeasure() == ShadowMeasure.SAME_NUMBER)
        .findFirst()
        .orElseThrow();
  }

  private static String solution(int answer, boolean right, int off) {
    return "There are 2 boxes and 3 bags, so we add them up.%n#### %,d"
        .formatted(right ? answer : answer + off);
  }
}
