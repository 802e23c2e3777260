package io.dualtrack.local.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.dualtrack.jobs.runtime.TestKafka;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.operations.control.Drills;
import io.dualtrack.operations.control.KillSwitch;
import io.dualtrack.operations.control.KillSwitch.Command;
import io.dualtrack.operations.control.KillSwitch.Outcome;
import io.dualtrack.operations.control.UnknownSubjectException;
import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.review.ControlHistory;
import io.dualtrack.schemas.BundleSignature;
import io.dualtrack.schemas.ControlChange;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.TrustedKeys;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlTopicsIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
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
    assertThat(texts(read.prices())).containsAll(texts(shipped.prices()));
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
  void whatIsWrittenIsReachedOnlyWhenItsTransactionEnds() {
    Map<String, Object> transactional =
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            kafka.bootstrap(),
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            "a-decision");
    try (KafkaProducer<String, byte[]> producer =
            new KafkaProducer<>(transactional, new StringSerializer(), new ByteArraySerializer());
        TopicScan<RoutingDecision> scan =
            new TopicScan<>(KafkaAccess.at(kafka.bootstrap()), REGISTRY, Topics.AUDIT)) {
      scan.fromBeginning();
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(Topics.AUDIT.name(), "r1", null));
      producer.flush();
      Map<TopicPartition, Long> written = scan.writtenEnds();

      List<String> read = new ArrayList<>();
      scan.toEnd(PATIENCE, key -> true, (key, value) -> read.add(key));

      assertThat(read).isEmpty();
      assertThat(scan.hasReached(written)).isFalse();
      producer.commitTransaction();
      // The marker is written behind the producer's back.
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                scan.poll(Duration.ZERO, key -> true, (key, value) -> read.add(key));
                return scan.hasReached(written);
              });
      assertThat(read).containsExactly("r1");
    }
  }

  @Test
  void aDrillLiesBesideTheSuspensionOfTheSameThingAndItsEndTouchesNothingElse() throws Exception {
    long before = epoch();
    Drills.Command wanted =
        new Drills.Command(
            "d1",
            SuspensionScope.PROVIDER,
            "anthropic",
            Duration.ofMinutes(10),
            BigDecimal.TEN,
            "quarterly",
            "ann");

    Suspension begun = ((Drills.Outcome.Begun) control.drill(wanted)).record();
    Suspension pulled = applied(command("anthropic", ExportState.SUSPENDED, "bob"));
    Optional<LiveDrill> ended = control.endDrill(LiveDrill.of(begun).orElseThrow(), "ann");

    assertThat(begun.getEpoch()).isEqualTo(before + 1);
    assertThat(pulled.getEpoch()).isEqualTo(before + 2);
    assertThat(ended).hasValueSatisfying(end -> assertThat(end.runsAt(NOW)).isFalse());
    assertThat(ended.get().epoch()).isEqualTo(before + 3);
    assertThat(control.suspensions())
        .extracting(Suspension::getEpoch)
        .contains(before + 2, before + 3)
        .doesNotContain(before + 1);
    assertThat(control.endDrill(LiveDrill.of(begun).orElseThrow(), "ann")).isEmpty();
    assertThat(control.drill(wanted)).isInstanceOf(Drills.Outcome.Denied.class);
    assertThat(
            ControlHistory.read(KafkaAccess.at(kafka.bootstrap()), REGISTRY)
                .commands(NOW, NOW.plusSeconds(1)))
        .filteredOn(each -> each.getScope() == SuspensionScope.DRILL)
        .hasSize(2);
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

  @Test
  void everyVersionOfAPriceIsInTheHistoryWithWhoPublishedIt() {
    Price price =
        Price.newBuilder(ShippedControl.read().prices().get(0))
            .setPriceId("solo@2026-11-01")
            .setOffering("solo")
            .setVersion("1")
            .build();
    Price dearer = Price.newBuilder(price).setVersion("2").build();
    dearer.getRates().get(0).setPerToken(new BigDecimal("0.000000000000000001"));
    CurrencyRate rate =
        new CurrencyRate(
            "EUR@2026-11-21", "EUR", "2026-11-21", BigDecimal.ONE.setScale(18), "a bank");

    control.publishPrices(List.of(price), "ann");
    control.publish(
        new ControlSet(List.of(), List.of(), List.of(), List.of(dearer), List.of(rate), List.of()),
        null,
        "bob");

    assertThat(changes(Topics.PRICES, price.getPriceId()))
        .extracting(
            ControlChange::getActor, each -> each.getRecord().toString(), ControlChange::getAt)
        .containsExactly(tuple("ann", price.toString(), NOW), tuple("bob", dearer.toString(), NOW));
    assertThat(changes(Topics.CURRENCIES, rate.getRateId()))
        .extracting(ControlChange::getActor, ControlChange::getRecord)
        .containsExactly(tuple("bob", rate));
    assertThat(texts(control.read().prices()))
        .contains(dearer.toString())
        .doesNotContain(price.toString());
  }

  private static List<ControlChange> changes(Topic<?> topic, String id) {
    List<ControlChange> changes = new ArrayList<>();
    String key = topic.name() + "/" + id;
    try (TopicScan<ControlChange> scan =
        new TopicScan<>(KafkaAccess.at(kafka.bootstrap()), REGISTRY, Topics.CONTROL_HISTORY)
            .fromBeginning()) {
      assertThat(scan.toEnd(PATIENCE, key::equals, (each, change) -> changes.add(change))).isTrue();
    }
    return changes;
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
