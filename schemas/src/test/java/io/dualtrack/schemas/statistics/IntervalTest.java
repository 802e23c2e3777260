package io.dualtrack.schemas.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntervalTest {

  /**
   * 81 of 263 and 15 of 148, method 3 in table I of Newcombe 1998, Statistics in Medicine 17, 857.
   */
  @ParameterizedTest
  @CsvSource({
    "81, 263, 0.2553, 0.3662",
    "15, 148, 0.0624, 0.1605",
    "0, 20, 0, 0.1611",
    "1, 29, 0.0061, 0.1718"
  })
  void wilsonsIntervalIsAsPublished(long hits, long of, double low, double high) {
    Interval interval = Interval.share(hits, of);

    assertThat(interval.low()).isCloseTo(low, within(0.0001));
    assertThat(interval.high()).isCloseTo(high, within(0.0001));
  }

  /** Method 10 in table II of Newcombe 1998, Statistics in Medicine 17, 873. */
  @ParameterizedTest
  @CsvSource({
    "48, 80, 56, 70, 0.0524, 0.3339",
    "3, 10, 9, 10, 0.1705, 0.8090",
    "0, 20, 10, 10, 0.6791, 1"
  })
  void newcombesIntervalOfIndependentSharesIsAsPublished(
      long first, long ofFirst, long second, long ofSecond, double low, double high) {
    Interval interval = Interval.ofIndependent(first, ofFirst, second, ofSecond, Interval.Z_95);

    assertThat(interval.low()).isCloseTo(low, within(0.0001));
    assertThat(interval.high()).isCloseTo(high, within(0.0001));
  }

  @ParameterizedTest
  @CsvSource({"0.76, 200", "0.5, 30", "0.97, 200", "0.8, 1000"})
  void aShareIsFoundInNineteenOfTwentyRepetitions(double truth, int of) {
    SplittableRandom random = new SplittableRandom(5);
    int repetitions = 4_000;
    int covered = 0;
    for (int i = 0; i < repetitions; i++) {
      long hits = 0;
      for (int n = 0; n < of; n++) {
        hits += random.nextDouble() < truth ? 1 : 0;
      }
      Interval interval = Interval.share(hits, of);
      covered += interval.low() <= truth && truth <= interval.high() ? 1 : 0;
    }

    assertThat((double) covered / repetitions).isBetween(0.935, 0.965);
  }

  @Test
  void aDifferenceOfNothingIsWithinItsInterval() {
    Interval interval = Interval.difference(0, 0, 0, 10);

    assertThat(interval.value()).isZero();
    assertThat(interval.low()).isNegative();
    assertThat(interval.high()).isPositive();
  }

  @Test
  void theDifferenceOfPairedSharesIsFoundInNineteenOfTwentyRepetitions() {
    SplittableRandom random = new SplittableRandom(7);
    int repetitions = 2_000;
    int covered = 0;
    for (int i = 0; i < repetitions; i++) {
      long first = 0;
      long second = 0;
      long both = 0;
      for (int n = 0; n < 200; n++) {
        // Hard questions are hard for both.
        boolean hard = random.nextDouble() < 0.3;
        boolean a = random.nextDouble() < (hard ? 0.6 : 0.99);
        boolean b = random.nextDouble() < (hard ? 0.4 : 0.95);
        first += a ? 1 : 0;
        second += b ? 1 : 0;
        both += a && b ? 1 : 0;
      }
      double truth = 0.3 * (0.4 - 0.6) + 0.7 * (0.95 - 0.99);
      Interval interval = Interval.difference(first, second, both, 200);
      covered += interval.low() <= truth && truth <= interval.high() ? 1 : 0;
    }

    assertThat((double) covered / repetitions).isBetween(0.94, 0.97);
  }

  @Test
  void aRatioOfFewHasNoBoundsAndOneOfManyHas() {
    assertThat(Interval.ratio(29 * Math.log(2), 29 * Math.pow(Math.log(2), 2), 29).low()).isNaN();
    Interval many = Interval.ratio(30 * Math.log(2), 30 * Math.pow(Math.log(2), 2), 30);
    assertThat(many.value()).isCloseTo(2, within(1e-9));
    assertThat(many.high() - many.low()).isCloseTo(0, within(1e-6));
  }
}
