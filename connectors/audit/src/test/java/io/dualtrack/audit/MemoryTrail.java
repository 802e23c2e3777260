package io.dualtrack.audit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/** A trail of one topic in lists that tests may change. */
final class MemoryTrail implements Trail {

  static final String TOPIC = "trail";

  private final Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records = new HashMap<>();
  private final Map<TopicPartition, Integer> read = new HashMap<>();

  static TopicPartition partition(int number) {
    return new TopicPartition(TOPIC, number);
  }

  static ConsumerRecord<byte[], byte[]> record(
      int partition, long offset, long millis, String key, byte[] value) {
    return new ConsumerRecord<>(
        TOPIC,
        partition,
        offset,
        millis,
        TimestampType.CREATE_TIME,
        key.length(),
        value.length,
        key.getBytes(StandardCharsets.UTF_8),
        value,
        new RecordHeaders(),
        Optional.empty());
  }

  List<ConsumerRecord<byte[], byte[]>> of(int partition) {
    return records.computeIfAbsent(partition(partition), missing -> new ArrayList<>());
  }

  /** The same records, to be read from the beginning and changed alone. */
  MemoryTrail copy() {
    MemoryTrail copy = new MemoryTrail();
    records.forEach((partition, all) -> copy.records.put(partition, new ArrayList<>(all)));
    return copy;
  }

  @Override
  public Map<TopicPartition, Range> ranges() {
    Map<TopicPartition, Range> ranges = new HashMap<>();
    records.forEach(
        (partition, all) ->
            ranges.put(
                partition,
                all.isEmpty()
                    ? new Range(0, 0)
                    : new Range(all.get(0).offset(), all.get(all.size() - 1).offset() + 1)));
    return ranges;
  }

  @Override
  public Optional<ConsumerRecord<byte[], byte[]>> next(TopicPartition partition, long limit) {
    List<ConsumerRecord<byte[], byte[]>> all = records.getOrDefault(partition, List.of());
    int index = read.getOrDefault(partition, 0);
    if (index >= all.size() || all.get(index).offset() >= limit) {
      return Optional.empty();
    }
    read.put(partition, index + 1);
    return Optional.of(all.get(index));
  }

  @Override
  public void close() {}
}
