package io.dualtrack.audit;

import io.dualtrack.schemas.KafkaAccess;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Committed records of topics, each partition read by a consumer of its own from its beginning. */
final class KafkaTrail implements Trail {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(250);
  private static final int FETCH_BYTES = 64 * 1024;
  private static final int MOST_BYTES = 4 * FETCH_BYTES;

  private final Map<TopicPartition, Range> ranges = new HashMap<>();
  private final Map<TopicPartition, KafkaConsumer<byte[], byte[]>> consumers = new HashMap<>();
  private final Map<TopicPartition, Queue<ConsumerRecord<byte[], byte[]>>> read = new HashMap<>();

  /**
   * @throws KafkaException if the broker cannot be asked within 30 s
   */
  KafkaTrail(KafkaAccess kafka, Collection<String> topics) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(kafka)) {
      for (TopicPartition partition : partitions(consumer, topics)) {
        ranges.put(partition, null);
      }
      Map<TopicPartition, Long> begins = consumer.beginningOffsets(ranges.keySet());
      Map<TopicPartition, Long> ends = consumer.endOffsets(ranges.keySet());
      ranges.replaceAll((each, none) -> new Range(begins.get(each), ends.get(each)));
    }
    try {
      for (TopicPartition partition : ranges.keySet()) {
        KafkaConsumer<byte[], byte[]> consumer = consumer(kafka);
        consumers.put(partition, consumer);
        consumer.assign(List.of(partition));
        consumer.seek(partition, ranges.get(partition).begin());
        read.put(partition, new ArrayDeque<>());
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  static List<TopicPartition> partitions(
      KafkaConsumer<byte[], byte[]> consumer, Collection<String> topics) {
    return topics.stream()
        .flatMap(topic -> consumer.partitionsFor(topic).stream())
        .map(info -> new TopicPartition(info.topic(), info.partition()))
        .toList();
  }

  static KafkaConsumer<byte[], byte[]> consumer(KafkaAccess kafka) {
    Map<String, Object> settings = kafka.settings();
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    // What is gone must be noticed and not passed over.
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
    // Or what there is after half a second: a checkpoint is made of a second's records at once.
    settings.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, FETCH_BYTES);
    // A verification has a consumer of each partition, within the sealer's heap.
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, MOST_BYTES);
    settings.put(
        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(PATIENCE.toMillis()));
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @Override
  public Map<TopicPartition, Range> ranges() {
    return Map.copyOf(ranges);
  }

  @Override
  public Optional<ConsumerRecord<byte[], byte[]>> next(TopicPartition partition, long limit)
      throws UnreadableException {
    if (!ranges.containsKey(partition)) {
      return Optional.empty();
    }
    Queue<ConsumerRecord<byte[], byte[]>> records = read.get(partition);
    KafkaConsumer<byte[], byte[]> consumer = consumers.get(partition);
    long end = Math.min(limit, end(partition, limit));
    long position = consumer.position(partition);
    while (records.isEmpty() && position < end) {
      try {
        consumer.poll(POLL).forEach(records::add);
      } catch (KafkaException e) {
        throw new UnreadableException(consumer.position(partition), e);
      }
      position = consumer.position(partition);
    }
    boolean below = !records.isEmpty() && records.element().offset() < end;
    return below ? Optional.of(records.remove()) : Optional.empty();
  }

  /**
   * A checkpoint that was made after the ends were asked for covers what is behind them: what it
   * sealed is there by now, or gone.
   */
  private long end(TopicPartition partition, long limit) {
    Range range = ranges.get(partition);
    if (limit == Long.MAX_VALUE || limit <= range.end()) {
      return range.end();
    }
    long now = consumers.get(partition).endOffsets(List.of(partition)).get(partition);
    ranges.put(partition, new Range(range.begin(), now));
    return now;
  }

  @Override
  public void close() {
    consumers.values().forEach(KafkaConsumer::close);
  }
}
