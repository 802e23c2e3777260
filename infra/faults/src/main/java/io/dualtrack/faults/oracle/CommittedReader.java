package io.dualtrack.faults.oracle;

import io.dualtrack.schemas.KafkaAccess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads a topic with {@code read_committed} while faults happen, and again when they are over.
 * Whoever read along must have seen what is there in the end, no more, no less and in its order:
 * nothing that was committed may go, and nothing may turn up behind a reader.
 */
final class CommittedReader implements AutoCloseable {

  static final String CHECK = "reader";

  private static final Duration POLL = Duration.ofMillis(200);

  /** A record by its place and a hash of key and value. */
  record Seen(long offset, int hash) {}

  private final KafkaAccess kafka;
  private final String topic;
  private final Map<Integer, List<Seen>> seen = new TreeMap<>();
  private final Thread thread;
  private volatile boolean ending;
  private RuntimeException failure;

  /** Reads from the beginning of the topic, and on until the judgement. */
  CommittedReader(KafkaAccess kafka, String topic) {
    this.kafka = kafka;
    this.topic = topic;
    this.thread = new Thread(this::follow, "oracle reader");
    thread.setDaemon(true);
    thread.start();
  }

  private void follow() {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      while (!ending) {
        poll(consumer, seen);
      }
      toEnd(consumer, seen);
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  /**
   * Reads both to the end of now and compares them. Once only, and when all is quiet: what is
   * committed meanwhile would be a difference.
   */
  Check judge() throws InterruptedException {
    close();
    if (failure != null) {
      return new Check(CHECK, List.of("reading along failed: " + failure));
    }
    Map<Integer, List<Seen>> last = new TreeMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      toEnd(consumer, last);
    }
    return judge(seen, last);
  }

  /**
   * @param along what was seen while it was written, by partition
   * @param last what is there now, by partition
   */
  static Check judge(Map<Integer, List<Seen>> along, Map<Integer, List<Seen>> last) {
    List<String> problems = new ArrayList<>();
    Map<Integer, List<Seen>> partitions = new TreeMap<>(along);
    partitions.putAll(last);
    for (Integer partition : partitions.keySet()) {
      List<Seen> before = along.getOrDefault(partition, List.of());
      List<Seen> now = last.getOrDefault(partition, List.of());
      int i = 0;
      while (i < before.size() && i < now.size() && before.get(i).equals(now.get(i))) {
        i++;
      }
      if (i < before.size() || i < now.size()) {
        problems.add(
            "partition %d differs from its record %,d on: read along %s, read again %s (%,d and %,d records)"
                .formatted(
                    partition, i, place(before, i), place(now, i), before.size(), now.size()));
      }
    }
    return new Check(CHECK, problems);
  }

  private static String place(List<Seen> records, int index) {
    return index < records.size() ? "offset " + records.get(index).offset() : "nothing";
  }

  private void toEnd(KafkaConsumer<byte[], byte[]> consumer, Map<Integer, List<Seen>> into) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      poll(consumer, into);
    }
  }

  private static void poll(KafkaConsumer<byte[], byte[]> consumer, Map<Integer, List<Seen>> into) {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
      into.computeIfAbsent(record.partition(), partition -> new ArrayList<>())
          .add(
              new Seen(
                  record.offset(),
                  31 * Arrays.hashCode(record.key()) + Arrays.hashCode(record.value())));
    }
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    Map<String, Object> config = kafka.settings();
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, IsolationLevel.READ_COMMITTED.toString());
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return consumer;
  }

  /** Reads to the end of now and no further. */
  @Override
  public void close() throws InterruptedException {
    ending = true;
    thread.join();
  }
}
