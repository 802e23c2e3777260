package io.dualtrack.gateway.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.ReadingGroup;
import io.dualtrack.schemas.Topic;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far each {@link ReadingGroup} is behind, as Kafka knows it: the offsets up to the last stable
 * one that the group has not committed. Markers of transactions among them count as records, so
 * that under load it is a little more than what waits. Asked once a second at most, and once for
 * everybody who looks.
 */
final class LagFigures implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LagFigures.class);
  private static final Duration FRESH = Duration.ofSeconds(1);
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final int PATIENCE_MILLIS = 3_000;

  /**
   * @param committed whether the group has committed anything of the topic
   */
  record Lag(ReadingGroup group, Topic<?> topic, long records, boolean committed) {}

  private final Supplier<Admin> admins;
  private final InstantSource clock;
  private Admin admin;
  private List<Lag> known = List.of();
  private Instant next = Instant.MIN;
  private boolean closed;

  LagFigures(Supplier<Admin> admins, InstantSource clock) {
    this.admins = admins;
    this.clock = clock;
  }

  /** An entry of each group and topic; null where Kafka does not say it now. */
  synchronized ArrayNode write() {
    if (!closed && !clock.instant().isBefore(next)) {
      ask();
    }
    if (known == null) {
      return null;
    }
    ArrayNode lags = Answers.JSON.createArrayNode();
    for (Lag lag : known) {
      ObjectNode entry = lags.addObject();
      entry.put("reader", lag.group().name()).put("topic", lag.topic().name());
      entry.put("records", lag.records()).put("committed", lag.committed());
    }
    return lags;
  }

  private void ask() {
    try {
      if (admin == null) {
        admin = admins.get();
      }
      known = read(admin);
      next = clock.instant().plus(FRESH);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      known = null;
    } catch (ExecutionException | RuntimeException e) {
      known = null;
      next = clock.instant().plus(PAUSE);
      LOG.warn("Kafka does not say how far its readers are behind; cause={}", String.valueOf(e));
    }
  }

  private static List<Lag> read(Admin admin) throws ExecutionException, InterruptedException {
    Map<String, List<TopicPartition>> partitions = partitions(admin);
    List<TopicPartition> all = partitions.values().stream().flatMap(List::stream).toList();
    Map<TopicPartition, Long> ends = offsets(admin, all, OffsetSpec.latest());
    Map<TopicPartition, Long> firsts = offsets(admin, all, OffsetSpec.earliest());
    Map<String, Map<TopicPartition, OffsetAndMetadata>> committed =
        admin
            .listConsumerGroupOffsets(
                ReadingGroup.all().stream()
                    .collect(
                        Collectors.toMap(
                            ReadingGroup::id,
                            group ->
                                new ListConsumerGroupOffsetsSpec()
                                    .topicPartitions(
                                        group.topics().stream()
                                            .flatMap(topic -> partitions.get(topic.name()).stream())
                                            .toList()))),
                new ListConsumerGroupOffsetsOptions().timeoutMs(PATIENCE_MILLIS))
            .all()
            .get();
    List<Lag> lags = new ArrayList<>();
    for (ReadingGroup group : ReadingGroup.all()) {
      for (Topic<?> topic : group.topics()) {
        long records = 0;
        boolean any = false;
        for (TopicPartition partition : partitions.get(topic.name())) {
          OffsetAndMetadata own = committed.get(group.id()).get(partition);
          any |= own != null;
          records +=
              behind(
                  group,
                  firsts.get(partition),
                  own == null ? -1 : own.offset(),
                  ends.get(partition));
        }
        lags.add(new Lag(group, topic, records, any));
      }
    }
    return lags;
  }

  /**
   * @param first the oldest offset that is still there
   * @param committed -1 for none: the group begins with the oldest
   */
  static long behind(ReadingGroup group, long first, long committed, long end) {
    long marker = group.behindLast() && committed >= 0 ? 1 : 0;
    return Math.max(0, end - Math.max(first, committed) - marker);
  }

  private static Map<String, List<TopicPartition>> partitions(Admin admin)
      throws ExecutionException, InterruptedException {
    Map<String, List<TopicPartition>> partitions = new HashMap<>();
    admin
        .describeTopics(
            ReadingGroup.all().stream()
                .flatMap(group -> group.topics().stream())
                .map(Topic::name)
                .distinct()
                .toList(),
            new DescribeTopicsOptions().timeoutMs(PATIENCE_MILLIS))
        .allTopicNames()
        .get()
        .forEach(
            (topic, description) ->
                partitions.put(
                    topic,
                    description.partitions().stream()
                        .map(each -> new TopicPartition(topic, each.partition()))
                        .toList()));
    return partitions;
  }

  private static Map<TopicPartition, Long> offsets(
      Admin admin, List<TopicPartition> of, OffsetSpec which)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    admin
        .listOffsets(
            of.stream().collect(Collectors.toMap(each -> each, each -> which)),
            new ListOffsetsOptions(IsolationLevel.READ_COMMITTED).timeoutMs(PATIENCE_MILLIS))
        .all()
        .get()
        .forEach((partition, offset) -> offsets.put(partition, offset.offset()));
    return offsets;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (admin != null) {
      admin.close(Duration.ZERO);
    }
  }
}
