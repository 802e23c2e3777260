package io.dualtrack.topology;

import io.dualtrack.schemas.Replication;
import io.dualtrack.schemas.Topics;
import io.dualtrack.topology.admission.DeadLetters;
import io.dualtrack.topology.admission.FailedRecords;
import io.dualtrack.topology.admission.UndecodableRecords;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.StreamsConfig;

/** Settings of Kafka Streams, and why they are as they are. */
public final class StreamsSettings {

  /** A restarted instance takes its place by its name; others notice a dead one after this. */
  private static final int SESSION_TIMEOUT_MILLIS = 10_000;

  private static final int TRANSACTION_TIMEOUT_MILLIS = 30_000;
  private static final long POLL_MILLIS = 10;

  /**
   * A transaction that begins with offsets is sent back while the broker still ends the one before,
   * which takes some milliseconds. Kafka's default has the thread wait a hundred.
   */
  private static final long RETRY_MILLIS = 10;

  /**
   * Kafka's default, 16 KB, holds a dozen requests; each batch costs producer and broker the same
   * however much is in it. What a thread writes to, some 250 partitions, fits its producer's 32 MB.
   */
  private static final int BATCH_BYTES = 64 * 1024;

  private StreamsSettings() {}

  public static Properties of(TopologyConfig config, DeadLetters deadLetters, StoreMemory memory) {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, TopologyConfig.APPLICATION);
    properties.put(
        StreamsConfig.CLIENT_ID_CONFIG, TopologyConfig.APPLICATION + "-" + config.instance());
    properties.putAll(config.kafka().settings());
    properties.put(StreamsConfig.STATE_DIR_CONFIG, config.stateFolder().toString());
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    // Of what asks for no commit; PromptCommits asks sooner.
    properties.put(
        StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
        Math.max(config.commitInterval().toMillis(), PromptCommits.LONGEST_DISTANCE.toMillis()));
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.threads());
    properties.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, config.standbys());
    properties.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.NO_OPTIMIZATION);
    properties.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    properties.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, "classic");
    properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0L);
    // Requests and completions need no order between them, so none waits for the other; it also
    // saves Streams a formatted message for each record of a task with two inputs.
    properties.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, -1L);
    // Timers run between polls, and the ones of PromptCommits must not wait for a poll that is
    // idle.
    properties.put(StreamsConfig.POLL_MS_CONFIG, POLL_MILLIS);

    properties.put(
        StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, UndecodableRecords.class);
    properties.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, FailedRecords.class);
    properties.put(DeadLetters.CONFIG, deadLetters);
    properties.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, StoreMemory.Setter.class);
    properties.put(StoreMemory.CONFIG, memory);

    properties.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG),
        TopologyConfig.APPLICATION + "-" + config.instance());
    consumer(properties, ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    consumer(properties, ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MILLIS);
    consumer(properties, ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, SESSION_TIMEOUT_MILLIS / 4);

    producer(properties, ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topics.MAX_TEXT_RECORD_BYTES);
    producer(properties, ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    producer(properties, ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
    producer(properties, ProducerConfig.RETRY_BACKOFF_MS_CONFIG, RETRY_MILLIS);
    // A machine that is short of CPU must not lose its transactions. A process that was killed ends
    // its own as soon as it is back.
    producer(properties, ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MILLIS);
    // Internal topics hold the same texts as the others.
    properties.put(
        StreamsConfig.topicPrefix(TopicConfig.MAX_MESSAGE_BYTES_CONFIG),
        Topics.MAX_TEXT_RECORD_BYTES);
    return properties;
  }

  /** Makes internal topics with as many copies as the others. */
  static void replicate(Properties properties, Replication replication) {
    properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, replication.replicas());
    replication
        .settings()
        .forEach((name, value) -> properties.put(StreamsConfig.topicPrefix(name), value));
  }

  private static void consumer(Properties properties, String name, Object value) {
    properties.put(StreamsConfig.consumerPrefix(name), value);
  }

  private static void producer(Properties properties, String name, Object value) {
    properties.put(StreamsConfig.producerPrefix(name), value);
  }
}
