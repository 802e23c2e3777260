package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ChanceTest {

  @Test
  void theBoundIsNeverBelowTheProbabilityOfTheBinomialTail() {
    for (int n : new int[] {5, 20, 60}) {
      for (double f : new double[] {0.01, 0.2, 0.5}) {
        for (int k = 1; k <= n; k++) {
          assertThat(Chance.ofAtLeast(k, n, f))
              .as("%d of %d at %s", k, n, f)
              .isGreaterThanOrEqualTo(tail(k, n, f) * (1 - 1e-9));
        }
      }
    }
  }

  @Test
  void thatAllHaveWhatOneInAHundredHasIsAHundredthToTheirNumber() {
    assertThat(Chance.ofAtLeast(5, 5, 0.01)).isCloseTo(1e-10, within(1e-12));
  }

  @Test
  void aMeanNoFartherOffThanChanceIsNoSurprise() {
    assertThat(Chance.ofDistance(10, 100, 10, 20)).isEqualTo(1);
    assertThat(Chance.ofDistance(50, 100, 10, 20)).isLessThan(1e-6);
  }

  private static double tail(int k, int n, double f) {
    double sum = 0;
    double term = Math.pow(1 - f, n);
    for (int i = 0; i <= n; i++) {
      sum += i >= k ? term : 0;
      term *= (double) (n - i) / (i + 1) * f / (1 - f);
    }
    return sum;
  }
}
