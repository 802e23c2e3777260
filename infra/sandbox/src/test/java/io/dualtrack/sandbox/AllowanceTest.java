package io.dualtrack.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AllowanceTest {

  @Test
  void aMinutesWorthMayBeUsedAtOnceAndComesBackEvenly() {
    Allowance allowance = new Allowance(60, 0);
    allowance.use(60);

    assertThat(allowance.nanosUntilFree(1, 0)).isEqualTo(Duration.ofSeconds(1).toNanos());
    assertThat(allowance.nanosUntilFree(1, Duration.ofSeconds(1).toNanos())).isZero();
    assertThat(allowance.nanosUntilFree(60, Duration.ofSeconds(1).toNanos()))
        .isEqualTo(Duration.ofSeconds(59).toNanos());
  }

  @Test
  void itNeverHoldsMoreThanAMinutesWorth() {
    Allowance allowance = new Allowance(60, 0);
    long later = Duration.ofHours(1).toNanos();
    assertThat(allowance.nanosUntilFree(60, later)).isZero();
    allowance.use(60);
    assertThat(allowance.nanosUntilFree(60, later)).isEqualTo(Duration.ofMinutes(1).toNanos());
  }

  @Test
  void moreThanAMinutesWorthWaitsForAFullAllowanceOnly() {
    Allowance allowance = new Allowance(60, 0);
    assertThat(allowance.nanosUntilFree(1_000, 0)).isZero();
  }

  @Test
  void zeroIsNoLimit() {
    Allowance allowance = new Allowance(0, 0);
    allowance.use(1_000);
    assertThat(allowance.nanosUntilFree(1_000, 0)).isZero();
  }
}
