package io.dualtrack.local.deadletters;

import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.KafkaAccess;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** The records that dead letters are about, as they are in their topics. One thread. */
final class SourceRecords implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(250);

  private final KafkaConsumer<String, byte[]> consumer;

  SourceRecords(KafkaAccess kafka) {
    Map<String, Object> config = kafka.settings();
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
    config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(PATIENCE.toMillis()));
    this.consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer());
  }

  /** Empty where retention, or a purge of an internal topic, has removed it. */
  Optional<ConsumerRecord<String, byte[]>> find(DeadLetter letter) {
    TopicPartition partition = new TopicPartition(letter.getTopic(), letter.getPartition());
    boolean exists =
        consumer.partitionsFor(letter.getTopic()).stream()
            .anyMatch(info -> info.partition() == letter.getPartition());
    if (!exists) {
      return Optional.empty();
    }
    consumer.assign(List.of(partition));
    Map<TopicPartition, Long> starts = consumer.beginningOffsets(List.of(partition));
    Map<TopicPartition, Long> ends = consumer.endOffsets(List.of(partition));
    if (letter.getOffset() < starts.get(partition) || letter.getOffset() >= ends.get(partition)) {
      return Optional.empty();
    }
    consumer.seek(partition, letter.getOffset());
    while (consumer.position(partition) <= letter.getOffset()) {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        if (record.offset() == letter.getOffset()) {
          return Optional.of(record);
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
