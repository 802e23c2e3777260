package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.jobs.runtime.RecordSerializer;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AlertKind;
import io.dualtrack.schemas.Evidence;
import java.time.Duration;
import java.time.Instant;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TenantsTest {

  private static final Instant MONDAY = Instant.parse("2026-11-16T00:00:00Z");

  private KeyedOneInputStreamOperatorTestHarness<String, Tally, AbuseAlert> tenants;

  @BeforeEach
  void open() throws Exception {
    tenants =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(new Tenants()), tally -> tally.tenant, Types.STRING);
    tenants.setup(new RecordSerializer<>(AbuseAlert.class));
    tenants.open();
    for (int day = 0; day < 5; day++) {
      use(day, 9, "US", "en", 40);
    }
  }

  @AfterEach
  void close() throws Exception {
    tenants.close();
  }

  @Test
  void useFromAnotherCountryAtItsHoursAndInItsLanguageIsALeak() throws Exception {
    use(5, 9, "US", "en", 40);
    use(5, 19, "CN", "zh", 40);

    assertThat(tenants.extractOutputValues()).hasSize(1);
    AbuseAlert alert = tenants.extractOutputValues().get(0);
    assertThat(alert.getKind()).isEqualTo(AlertKind.TENANT);
    assertThat(alert.getTenant()).isEqualTo("telecom");
    assertThat(alert.getEvidence()).extracting(Evidence::getSignal).containsOnly("S7");
    assertThat(alert.getEvidence().get(0).getDetail()).contains(" in CN, usually 0.0%");
  }

  @Test
  void anOfficeThatOpensAbroadAndWorksAlikeIsNone() throws Exception {
    use(5, 9, "US", "en", 40);
    use(5, 10, "CA", "en", 40);

    assertThat(tenants.extractOutputValues()).isEmpty();
  }

  @Test
  void aTenantWithoutAPastHasNothingUnusual() throws Exception {
    for (int i = 0; i < 100; i++) {
      Tally tally = tally(0, i % 24, i % 2 == 0 ? "US" : "CN", i % 2 == 0 ? "en" : "zh");
      tally.tenant = "new";
      tenants.processElement(tally, 0);
    }

    assertThat(tenants.extractOutputValues()).isEmpty();
  }

  private void use(int day, int from, String country, String language, int accountHours)
      throws Exception {
    for (int i = 0; i < accountHours; i++) {
      tenants.processElement(tally(day, (from + i % 4) % 24, country, language), 0);
    }
  }

  private static Tally tally(int day, int hour, String country, String language) {
    Tally tally = new Tally();
    tally.tenant = "telecom";
    tally.at = MONDAY.plus(Duration.ofDays(day)).plus(Duration.ofHours(hour)).toEpochMilli();
    tally.country = country.charAt(0) << 8 | country.charAt(1);
    tally.language = language.charAt(0) << 8 | language.charAt(1);
    return tally;
  }
}
