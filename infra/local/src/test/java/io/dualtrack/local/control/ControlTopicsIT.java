package io.dualtrack.local.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.jobs.runtime.TestKafka;
import io.dualtrack.local.control.KillSwitch.Command;
import io.dualtrack.local.control.KillSwitch.Outcome;
import io.dualtrack.local.review.ControlHistory;
import io.dualtrack.schemas.BundleSignature;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.TrustedKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlTopicsIT {

  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

  private static final SchemaRegistry REGISTRY = SchemaRegistry.inMemory();

  @TempDir private static Path folder;

  private static TestKafka kafka;
  private static ControlTopics control;

  @BeforeAll
  static void publish() throws Exception {
    kafka = new TestKafka(1);
    control =
        new ControlTopics(
            KafkaAccess.at(kafka.bootstrap()), REGISTRY, Clock.fixed(NOW, ZoneOffset.UTC));
    control.publish(ShippedControl.read(), key(), "officer");
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

    Suspension pulled = applied(command("openai", ExportState.SUSPENDED, "ann"));
    Suspension asked =
        ((Outcome.Asked) control.command(command("openai", ExportState.OPEN, "ann"))).suspension();
    Suspension undone = applied(command("openai", ExportState.OPEN, "bob"));

    assertThat(pulled.getEpoch()).isEqualTo(before + 1);
    assertThat(asked.getEpoch()).isEqualTo(before + 1);
    assertThat(undone.getEpoch()).isEqualTo(before + 2);
    assertThat(control.suspensions()).contains(undone).doesNotContain(pulled);
  }

  @Test
  void whatWasInForceOnAnotherDayIsKeptInTheHistory() throws Exception {
    applied(command("mistral", ExportState.SUSPENDED, "ann"));
    control.command(command("mistral", ExportState.OPEN, "ann"));
    applied(command("mistral", ExportState.OPEN, "bob"));

    ControlHistory history = ControlHistory.read(KafkaAccess.at(kafka.bootstrap()), REGISTRY);

    assertThat(history.commands(NOW, NOW.plusSeconds(1)))
        .filteredOn(each -> each.getId().equals("mistral"))
        .extracting(KillSwitch::state)
        .containsExactly(ExportState.SUSPENDED, ExportState.SUSPENDED, ExportState.OPEN);
    PolicyBundle published = history.policies(NOW, NOW.plusSeconds(1)).get(0);
    assertThat(history.policy(published.getVersion())).isPresent();
    assertThat(BundleSignature.check(published, TrustedKeys.read(SigningKey.publicFile(keyFile()))))
        .isEqualTo(BundleSignature.Trust.TRUSTED);
  }

  private static Path keyFile() {
    return folder.resolve("policy");
  }

  private static SigningKey key() throws IOException {
    return SigningKey.openOrCreate(keyFile());
  }

  private static Command command(String provider, ExportState state, String actor) {
    return new Command(SuspensionScope.PROVIDER, provider, state, List.of(), "a letter", actor);
  }

  private static Suspension applied(Command command) throws Exception {
    return ((Outcome.Applied) control.command(command)).suspension();
  }

  @Test
  void whatNoRecordKnowsIsNotSuspendedAndTheUserSeesWhatThereIs() {
    List<Suspension> before = control.suspensions();

    assertThatThrownBy(
            () ->
                control.command(
                    new Command(
                        SuspensionScope.TENANT,
                        "akme",
                        ExportState.SUSPENDED,
                        List.of(),
                        "typo",
                        "officer")))
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
