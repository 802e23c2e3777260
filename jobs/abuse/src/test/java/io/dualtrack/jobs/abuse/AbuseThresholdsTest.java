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
  void fewerExchangesThanAccountsAreRefused() {
    assertThatThrownBy(() -> AbuseThresholds.DEFAULT.with(5, 4))
        .hasMessage("5 accounts cannot share content in 4 exchanges");
  }
}
