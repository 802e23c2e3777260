package io.dualtrack.gateway;

import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A gateway's clients of Kafka, and what they tell of themselves for as long as this is open. */
public final class KafkaClients implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(10);
  private static final int FETCH_BYTES = 16 * 1024 * 1024;

  /** What a broker collects for {@link #grouped}, at most so long. */
  private static final int LINES_BYTES = 16 * 1024;

  private static final int LINES_WAIT_MS = 100;

  private final KafkaAccess kafka;
  private final Optional<MeterRegistry> meters;
  private final Queue<KafkaClientMetrics> bound = new ConcurrentLinkedQueue<>();

  /** Clients that tell nothing of themselves. */
  public KafkaClients(KafkaAccess kafka) {
    this(kafka, Optional.empty());
  }

  /**
   * @param meters where clients tell of themselves that last as long as the gateway
   */
  public KafkaClients(KafkaAccess kafka, MeterRegistry meters) {
    this(kafka, Optional.of(meters));
  }

  private KafkaClients(KafkaAccess kafka, Optional<MeterRegistry> meters) {
    this.kafka = kafka;
    this.meters = meters;
  }

  /** Reads committed records of the partitions that it is given, without a group. */
  public KafkaConsumer<String, byte[]> ungrouped(String client) {
    return reading(readSettings(client));
  }

  private KafkaConsumer<String, byte[]> reading(Map<String, Object> settings) {
    KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
    meters.ifPresent(to -> bind(new KafkaClientMetrics(consumer), to));
    return consumer;
  }

  private void bind(KafkaClientMetrics client, MeterRegistry to) {
    client.bindTo(to);
    bound.add(client);
  }

  /**
   * Reads committed records of the partitions that a group gives it, from where it is told to. The
   * member is static: a process that was killed and starts again under its name has its partitions
   * at once, where the group would otherwise wait for the session of the dead one to end.
   *
   * @param client name of the member; a second one of the same name ends the first
   * @param silence after which a member that does not poll has lost its partitions
   */
  public KafkaConsumer<String, byte[]> grouped(String group, String client, Duration silence) {
    Map<String, Object> settings = readSettings(client);
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    settings.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, client);
    settings.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    settings.put(
        ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, Math.toIntExact(SESSION_TIMEOUT.toMillis()));
    settings.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 2_000);
    settings.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, Math.toIntExact(silence.toMillis()));
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 2_000);
    // Nobody waits for a single line of a batch, and an answer for each small transaction costs.
    settings.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, LINES_BYTES);
    settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, LINES_WAIT_MS);
    return reading(settings);
  }

  /** Asks the brokers about topics. */
  public Admin admin(String client) {
    Map<String, Object> settings = kafka.settings();
    settings.put(CommonClientConfigs.CLIENT_ID_CONFIG, client);
    return Admin.create(settings);
  }

  private Map<String, Object> readSettings(String client) {
    Map<String, Object> settings = kafka.settings();
    settings.put(CommonClientConfigs.CLIENT_ID_CONFIG, client);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
    return settings;
  }

  /**
   * Writes in transactions; whoever had the id before writes nothing any more. It comes and goes
   * with a partition, so it tells nothing of itself.
   */
  public Producer<String, byte[]> transactional(String id) {
    Map<String, Object> settings = kafka.settings();
    settings.put(CommonClientConfigs.CLIENT_ID_CONFIG, id);
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, id);
    settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Math.toIntExact(PATIENCE.toMillis()));
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE.toMillis());
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Math.toIntExact(PATIENCE.toMillis()));
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topics.MAX_TEXT_RECORD_BYTES);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 2L * Topics.MAX_TEXT_RECORD_BYTES);
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
  }

  /** Sends each record at once, and never twice. */
  public Producer<String, byte[]> prompt(String client) {
    Map<String, Object> settings = kafka.settings();
    settings.put(CommonClientConfigs.CLIENT_ID_CONFIG, client);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE.toMillis());
    settings.put(
        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Math.toIntExact(PATIENCE.toMillis()) + 1);
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.toIntExact(PATIENCE.toMillis()));
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topics.MAX_TEXT_RECORD_BYTES);
    KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    meters.ifPresent(to -> bind(new KafkaClientMetrics(producer), to));
    return producer;
  }

  /** Ends what the clients tell; they are closed by who has them. */
  @Override
  public void close() {
    bound.forEach(KafkaClientMetrics::close);
  }
}
