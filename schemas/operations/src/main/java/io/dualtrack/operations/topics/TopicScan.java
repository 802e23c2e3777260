package io.dualtrack.operations.topics;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the committed records of a topic from chosen places, without a consumer group: nobody else
 * reads less because of it. Values are only decoded where the key is wanted.
 *
 * <p>One thread may use an instance.
 */
public final class TopicScan<V extends SpecificRecord> implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TopicScan.class);
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final Duration POLL = Duration.ofMillis(250);

  private final Topic<V> topic;
  private final AvroSerde<V> serde;
  private final KafkaConsumer<String, byte[]> consumer;
  private final List<TopicPartition> partitions;
  private final Map<String, Object> config;
  private boolean passesOverUnreadable;

  /**
   * @throws org.apache.kafka.common.KafkaException if the broker cannot be asked within 15 s
   */
  public TopicScan(KafkaAccess kafka, SchemaRegistry registry, Topic<V> topic) {
    this.topic = topic;
    this.serde = topic.serde(registry);
    this.config = kafka.settings();
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, IsolationLevel.READ_COMMITTED.toString());
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 2_000);
    config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(PATIENCE.toMillis()));
    this.consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer());
    try {
      this.partitions =
          consumer.partitionsFor(topic.name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  /** Ends of all partitions: where records go that are committed from now on. */
  public Map<TopicPartition, Long> ends() {
    return Map.copyOf(consumer.endOffsets(partitions));
  }

  /** Ends of all partitions, with what is written and not committed yet. */
  public Map<TopicPartition, Long> writtenEnds() {
    Map<String, Object> uncommitted = new HashMap<>(config);
    uncommitted.put(
        ConsumerConfig.ISOLATION_LEVEL_CONFIG, IsolationLevel.READ_UNCOMMITTED.toString());
    try (KafkaConsumer<String, byte[]> other =
        new KafkaConsumer<>(uncommitted, new StringDeserializer(), new ByteArrayDeserializer())) {
      return Map.copyOf(other.endOffsets(partitions));
    }
  }

  /** Whether everything before these places was read or passed over. */
  public boolean hasReached(Map<TopicPartition, Long> places) {
    return places.entrySet().stream()
        .allMatch(place -> consumer.position(place.getKey()) >= place.getValue());
  }

  /**
   * Goes on behind records that nobody can read, where they are not to keep others from being read.
   * Without this they fail the scan.
   */
  public TopicScan<V> passingOverUnreadable() {
    passesOverUnreadable = true;
    return this;
  }

  /** Goes on from these places in all partitions. */
  public TopicScan<V> from(Map<TopicPartition, Long> places) {
    consumer.assign(places.keySet());
    places.forEach(consumer::seek);
    return this;
  }

  /** Goes on from the first record of all partitions. */
  public TopicScan<V> fromBeginning() {
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return this;
  }

  /** Goes on from the first records that are not older than a time. */
  public TopicScan<V> fromTime(Instant time) {
    Map<TopicPartition, Long> wanted = new HashMap<>();
    partitions.forEach(partition -> wanted.put(partition, time.toEpochMilli()));
    Map<TopicPartition, Long> places = new HashMap<>(ends());
    consumer
        .offsetsForTimes(wanted)
        .forEach((partition, found) -> offset(found, partition, places));
    return from(places);
  }

  private static void offset(
      OffsetAndTimestamp found, TopicPartition partition, Map<TopicPartition, Long> places) {
    if (found != null) {
      places.put(partition, found.offset());
    }
  }

  /** Keeps only the partition in which records of a key are, and the place reached there. */
  public TopicScan<V> onlyPartitionOf(String key) {
    TopicPartition partition = partitionOf(key, partitions.size());
    long position = consumer.position(partition);
    return from(Map.of(partition, position));
  }

  /**
   * Reads what is there now.
   *
   * @param limit when to stop although more is there
   * @param keys which keys' records are wanted
   * @param action gets key and value of each; values are null for tombstones
   * @return whether everything was read within the limit
   */
  public boolean toEnd(Duration limit, Predicate<String> keys, BiConsumer<String, V> action) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    Instant until = Instant.now().plus(limit);
    while (!hasReached(ends)) {
      if (Instant.now().isAfter(until)) {
        return false;
      }
      poll(POLL, keys, action);
    }
    return true;
  }

  /**
   * Reads what comes next.
   *
   * @param patience how long to wait for a first record
   * @return how many records came, wanted or not
   */
  public int poll(Duration patience, Predicate<String> keys, BiConsumer<String, V> action) {
    ConsumerRecords<String, byte[]> records = consumer.poll(patience);
    for (ConsumerRecord<String, byte[]> record : records) {
      if (keys.test(record.key())) {
        read(record).ifPresent(read -> action.accept(record.key(), read.value()));
      }
    }
    return records.count();
  }

  /**
   * What is in a record.
   *
   * @param value null for a tombstone
   */
  private record Read<V>(V value) {}

  private Optional<Read<V>> read(ConsumerRecord<String, byte[]> record) {
    try {
      return Optional.of(new Read<>(serde.deserialize(topic.name(), record.value())));
    } catch (SerializationException e) {
      if (!passesOverUnreadable || SchemaRegistry.isBehind(e)) {
        throw e;
      }
      LOG.warn(
          "passed over a record that nobody can read; topic={} partition={} offset={} cause={}",
          record.topic(),
          record.partition(),
          record.offset(),
          e.getMessage());
      return Optional.empty();
    }
  }

  /** Where the default partitioner puts a key. */
  private TopicPartition partitionOf(String key, int count) {
    byte[] bytes = Utils.utf8(key);
    return new TopicPartition(topic.name(), Utils.toPositive(Utils.murmur2(bytes)) % count);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
