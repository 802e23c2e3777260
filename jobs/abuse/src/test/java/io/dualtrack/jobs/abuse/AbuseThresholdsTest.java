package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class AbuseThresholdsTest {

  @Test
  void theEnvironmentSetsHowManyAccountsAndExchangesMakeACluster() {
    AbuseThresholds thresholds =
        AbuseThresholds.fromEnvironment(
            Map.of("DUALTRACK_ABUSE_ACCOUNTS", "8", "DUALTRACK_ABUSE_EXCHANGES", "40"));

    assertThat(thresholds.accounts()).isEqualTo(8);
    assertThat(thresholds.exchanges()).isEqualTo(40);
    assertThat(AbuseThresholds.fromEnvironment(Map.of())).isEqualTo(AbuseThresholds.DEFAULT);
  }

  @Test
  void theEnvironmentTurnsSignalsOff() {
    AbuseThresholds thresholds =
        AbuseThresholds.fromEnvironment(Map.of("DUALTRACK_ABUSE_WITHOUT", "s3, S8"));

    assertThat(thresholds.signals())
        .doesNotContain(Signal.S3, Signal.S8)
        .contains(Signal.S1, Signal.S4);
  }

  @Test
  void aSignalThatThereIsNotIsRefused() {
    assertThatThrownBy(
            () -> AbuseThresholds.fromEnvironment(Map.of("DUALTRACK_ABUSE_WITHOUT", "S9")))
        .hasMessage("DUALTRACK_ABUSE_WITHOUT names no signal of S1 to S8: S9");
  }

  @Test
  void fewerExchangesThanAccountsAreRefused() {
    assertThatThrownBy(() -> AbuseThresholds.DEFAULT.with(5, 4))
        .hasMessage("5 accounts cannot share content in 4 exchanges");
  }
}
