package io.dualtrack.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.local.stack.StackOptions.Services;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SettingTest {

  private static final Setting FAST =
      Setting.oneBroker(Services.PROCESSES, Duration.ofSeconds(2), Duration.ofMinutes(1));

  @Test
  void aTenthOfABatchIsInFlightAndFiveHundredAtMost() {
    assertThat(FAST.inFlight(1_000)).isEqualTo(100);
    assertThat(FAST.inFlight(20_000)).isEqualTo(500);
    assertThat(FAST.inFlight(3)).isEqualTo(1);
  }

  @Test
  void aBatchThatHasToLastHasOnlyAsMuchInFlightAsTakesThatLong() {
    Setting slow = FAST.lasting(Duration.ofSeconds(100));

    assertThat(slow.inFlight(1_000)).isEqualTo(20);
    assertThat(slow.inFlight(20_000)).isEqualTo(400);
    assertThat(slow.inFlight(3)).isEqualTo(1);
  }
}
