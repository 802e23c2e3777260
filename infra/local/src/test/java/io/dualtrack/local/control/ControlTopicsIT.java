package io.dualtrack.local.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.jobs.runtime.TestKafka;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ControlTopicsIT {

  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

  private static TestKafka kafka;
  private static ControlTopics control;

  @BeforeAll
  static void publish() throws Exception {
    kafka = new TestKafka(1);
    control =
        new ControlTopics(
            kafka.bootstrap(), SchemaRegistry.inMemory(), Clock.fixed(NOW, ZoneOffset.UTC));
    control.publish(ShippedControl.read());
  }

  @AfterAll
  static void stop() throws Exception {
    kafka.close();
  }

  @Test
  void whatIsPublishedIsReadBack() {
    ControlSet shipped = ShippedControl.read();

    ControlSet read = control.read();

    assertThat(texts(read.tenants())).isEqualTo(texts(shipped.tenants()));
    assertThat(texts(read.offerings())).isEqualTo(texts(shipped.offerings()));
    assertThat(texts(read.prices())).isEqualTo(texts(shipped.prices()));
    assertThat(read.policies()).extracting(PolicyBundle::getPublishedAt).containsExactly(NOW);
  }

  @Test
  void everyCommandHasAnEpochOfItsOwn() throws Exception {
    long before = epoch();

    Suspension pulled =
        control.command(SuspensionScope.PROVIDER, "openai", true, "a letter", "officer");
    Suspension undone =
        control.command(SuspensionScope.PROVIDER, "openai", false, "lifted", "officer");

    assertThat(pulled.getEpoch()).isEqualTo(before + 1);
    assertThat(undone.getEpoch()).isEqualTo(before + 2);
    assertThat(control.suspensions()).contains(undone).doesNotContain(pulled);
  }

  @Test
  void whatNoRecordKnowsIsNotSuspendedAndTheUserSeesWhatThereIs() {
    List<Suspension> before = control.suspensions();

    assertThatThrownBy(
            () -> control.command(SuspensionScope.TENANT, "akme", true, "typo", "officer"))
        .isInstanceOf(UnknownSubjectException.class)
        .hasMessage("no tenant is called 'akme'; there are acme, globex");
    assertThat(control.suspensions()).isEqualTo(before);
  }

  /** As text, because Avro's lists cannot be compared where records in them hold times. */
  private static List<String> texts(List<?> records) {
    return records.stream().map(Object::toString).sorted().toList();
  }

  private static long epoch() {
    return control.suspensions().stream()
        .map(Suspension::getEpoch)
        .max(Comparator.naturalOrder())
        .orElse(0L);
  }
}
