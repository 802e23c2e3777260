package io.dualtrack.local.stack;

import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** The zone in which control records are given, as another zone sees it. */
final class ControlZone {

  private static final Duration PATIENCE = Duration.ofSeconds(180);
  private static final Duration POLL = Duration.ofMillis(250);

  private final StackAddress address;

  ControlZone(StackAddress address) {
    this.address = address;
  }

  /**
   * The topics whose records are given there and hold in every zone. Volumes are not: each zone's
   * topology counts its own, under the same ids.
   */
  static List<Topic<?>> topics() {
    return Topics.all().stream()
        .filter(topic -> topic.name().startsWith("dualtrack.control."))
        .filter(topic -> topic != Topics.VOLUMES)
        .toList();
  }

  /** Has a zone's topology trust the policies that are signed there; the zone itself signs none. */
  void trustIn(DataFolder zone) throws IOException {
    Path from = SigningKey.publicFile(address.data().resolve(LocalStack.POLICY_KEY));
    Path to = SigningKey.publicFile(zone.of(LocalStack.POLICY_KEY));
    Files.createDirectories(to.getParent());
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Waits until the mirror has brought what is there now, so that a zone does not refuse its first
   * requests for want of a tenant or a policy.
   *
   * @throws StackFailure if it does not come in time
   */
  void awaitRecords(KafkaAccess zone) {
    Set<String> missing = keys(address.kafka());
    long giveUp = System.nanoTime() + PATIENCE.toNanos();
    try (KafkaConsumer<String, byte[]> consumer = consumer(zone)) {
      while (!missing.isEmpty()) {
        consumer.poll(POLL).forEach(record -> missing.remove(id(record)));
        if (System.nanoTime() > giveUp) {
          throw new StackFailure(
              "%d control records of %s have not arrived after %d seconds, the first of them %s; see whether the mirror between the zones runs"
                  .formatted(
                      missing.size(),
                      address.http(),
                      PATIENCE.toSeconds(),
                      missing.iterator().next()));
        }
      }
    }
  }

  private static Set<String> keys(KafkaAccess kafka) {
    Set<String> keys = new HashSet<>();
    try (KafkaConsumer<String, byte[]> consumer = consumer(kafka)) {
      Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(POLL).forEach(record -> keys.add(id(record)));
      }
    }
    return keys;
  }

  private static String id(ConsumerRecord<String, byte[]> record) {
    return record.topic() + " " + record.key();
  }

  private static KafkaConsumer<String, byte[]> consumer(KafkaAccess kafka) {
    Map<String, Object> settings = kafka.settings();
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, IsolationLevel.READ_COMMITTED.toString());
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        topics().stream().map(topic -> new TopicPartition(topic.name(), 0)).toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return consumer;
  }
}
