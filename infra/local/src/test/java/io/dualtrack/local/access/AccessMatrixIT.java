package io.dualtrack.local.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.schemas.Component;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every cell of who may read and write what, tried at a broker. */
class AccessMatrixIT {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration POLL = Duration.ofMillis(200);

  private static SecuredKafka kafka;

  @BeforeAll
  static void somethingToReadEverywhere() throws Exception {
    // Each refusal is logged twice, and most cells are refusals.
    Configurator.setLevel("org.apache.kafka.clients", Level.OFF);
    kafka = new SecuredKafka();
    try (KafkaProducer<byte[], byte[]> producer = producer(kafka.superUser().settings())) {
      for (Topic<?> topic : Topics.all()) {
        producer.send(record(topic));
      }
    }
  }

  @AfterAll
  static void stop() throws Exception {
    kafka.close();
    Configurator.reconfigure();
  }

  @ParameterizedTest
  @EnumSource
  void aComponentReadsItsTopicsAndNoOther(Component component) {
    List<String> read = new ArrayList<>();
    Map<String, Object> settings = kafka.as(component).settings();
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 50);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      for (Topic<?> topic : Topics.all()) {
        if (isRead(consumer, new TopicPartition(topic.name(), 0))) {
          read.add(topic.name());
        }
      }
    }

    assertThat(read).isEqualTo(names(Topics.all().stream().filter(component::mayRead).toList()));
  }

  private static boolean isRead(KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition) {
    consumer.assign(List.of(partition));
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (System.nanoTime() < end) {
        if (!consumer.poll(POLL).isEmpty()) {
          return true;
        }
      }
    } catch (AuthorizationException refused) {
      return false;
    }
    throw new AssertionError(partition + " was neither read nor refused");
  }

  @ParameterizedTest
  @EnumSource
  void aComponentWritesItsTopicsAndNoOther(Component component) throws InterruptedException {
    List<String> written = new ArrayList<>();
    Map<String, Object> settings = kafka.as(component).settings();
    // An idempotent producer that was refused once is of no use any more.
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);
    try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
      for (Topic<?> topic : Topics.all()) {
        try {
          producer.send(record(topic)).get();
          written.add(topic.name());
        } catch (ExecutionException e) {
          assertThat(e).hasCauseInstanceOf(AuthorizationException.class);
        }
      }
    }

    assertThat(written)
        .isEqualTo(names(Topics.all().stream().filter(component::mayWrite).toList()));
  }

  @ParameterizedTest
  @EnumSource(names = "TOPOLOGY", mode = EnumSource.Mode.EXCLUDE)
  void noComponentMakesTopics(Component component) {
    try (Admin admin = Admin.create(kafka.as(component).settings())) {
      assertThatThrownBy(
              () ->
                  admin
                      .createTopics(List.of(new NewTopic("dualtrack.another", 1, (short) 1)))
                      .all()
                      .get())
          .hasCauseInstanceOf(AuthorizationException.class);
    }
  }

  @Test
  void aComponentTakesNoOthersTransactionalId() {
    Map<String, Object> settings = kafka.as(Component.GATEWAY).settings();
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "dualtrack-dispatcher-api-0");

    try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
      assertThatThrownBy(producer::initTransactions).isInstanceOf(AuthorizationException.class);
    }
  }

  @Test
  void aComponentJoinsNoOthersGroup() {
    Map<String, Object> settings = kafka.as(Component.GATEWAY).settings();
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, "dualtrack-dispatcher-api");

    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(Topics.RESULTS.name()));

      assertThatThrownBy(() -> consumer.poll(PATIENCE)).isInstanceOf(AuthorizationException.class);
    }
  }

  private static List<String> names(List<Topic<?>> topics) {
    return topics.stream().<String>map(Topic::name).toList();
  }

  private static ProducerRecord<byte[], byte[]> record(Topic<?> topic) {
    return new ProducerRecord<>(topic.name(), new byte[] {1}, new byte[] {1});
  }

  private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE.toMillis());
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }
}
