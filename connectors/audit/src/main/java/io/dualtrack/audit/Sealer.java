package io.dualtrack.audit;

import io.dualtrack.schemas.SigningKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Chains the records of each partition in the order of their offsets and makes checkpoints of them.
 *
 * <p>Committed records never change their offset, and a consumer of committed records sees no
 * others. So chain and checkpoints follow from the topic alone: whoever goes on from the last
 * checkpoint makes the same chain as whoever never stopped.
 *
 * <p>For one thread.
 */
final class Sealer {

  private static final class Open {
    private final long from;
    private final byte[] previousHead;
    private final List<SealedRecord> records = new ArrayList<>();
    private final List<byte[]> leaves = new ArrayList<>();
    private byte[] head;
    private long firstMillis;
    private long lastMillis;

    Open(long from, byte[] previousHead) {
      this.from = from;
      this.previousHead = previousHead;
      this.head = previousHead;
    }
  }

  /** Where a partition's chain stands. */
  private record Tip(long to, byte[] head) {}

  private final SigningKey key;
  private final Hashes hashes = new Hashes();
  private final Map<TopicPartition, Tip> tips = new HashMap<>();
  private final Map<TopicPartition, Open> open = new LinkedHashMap<>();
  private long number;
  private byte[] previous = Hashes.START;
  private Instant lastAt;

  Sealer(SigningKey key) {
    this.key = key;
  }

  /** Takes a checkpoint that was made before; in their order. */
  void resume(Checkpoint made) {
    number = made.number();
    previous = made.hash();
    lastAt = made.at();
    made.segments().forEach(each -> tips.put(each.partition(), new Tip(each.to(), each.head())));
  }

  /** Takes over what another sealer knows of partitions that nothing newer is known of. */
  void resumeBehind(Sealer older) {
    older.tips.forEach(tips::putIfAbsent);
    if (number == 0) {
      number = older.number;
      previous = older.previous;
      lastAt = older.lastAt;
    }
  }

  /** Number of the last checkpoint; 0 where there is none. */
  long number() {
    return number;
  }

  /** When the last checkpoint was made; empty where there is none. */
  Optional<Instant> lastAt() {
    return Optional.ofNullable(lastAt);
  }

  /** Whether every one of some partitions is sealed up to somewhere. */
  boolean knows(Collection<TopicPartition> partitions) {
    return tips.keySet().containsAll(partitions);
  }

  /** Where a partition has to be read from; empty where nothing of it is sealed. */
  Optional<Long> next(TopicPartition partition) {
    return Optional.ofNullable(tips.get(partition)).map(Tip::to);
  }

  /**
   * Leaves out what is gone from a partition before it was sealed. The gap stays visible: the next
   * segment does not begin where the last one ended.
   */
  void skipTo(TopicPartition partition, long offset) {
    Tip tip = tips.getOrDefault(partition, new Tip(offset, Hashes.START));
    tips.put(partition, new Tip(offset, tip.head()));
  }

  /** Adds the next record of its partition. */
  void add(ConsumerRecord<byte[], byte[]> record) {
    TopicPartition partition = new TopicPartition(record.topic(), record.partition());
    Open segment =
        open.computeIfAbsent(
            partition,
            missing -> {
              Tip tip = tips.getOrDefault(missing, new Tip(0, Hashes.START));
              return new Open(tip.to(), tip.head());
            });
    SealedRecord sealed =
        new SealedRecord(record.offset(), text(record.key()), hashes.content(record));
    byte[] leaf = hashes.leaf(record.topic(), record.partition(), sealed);
    if (segment.records.isEmpty()) {
      segment.firstMillis = record.timestamp();
      segment.lastMillis = record.timestamp();
    }
    segment.lastMillis = Math.max(segment.lastMillis, record.timestamp());
    segment.records.add(sealed);
    segment.leaves.add(leaf);
    segment.head = hashes.link(segment.head, leaf);
  }

  static String text(byte[] key) {
    return key == null ? "" : new String(key, StandardCharsets.UTF_8);
  }

  /** Seals what was added since the last time; nothing where nothing was. */
  Optional<Checkpoint> seal(Instant now) {
    if (open.isEmpty()) {
      return Optional.empty();
    }
    List<Segment> segments = new ArrayList<>(open.size());
    open.forEach(
        (partition, each) ->
            segments.add(
                new Segment(
                    partition,
                    each.from,
                    each.records.get(each.records.size() - 1).offset() + 1,
                    each.firstMillis,
                    each.lastMillis,
                    each.previousHead,
                    each.head,
                    hashes.root(each.leaves),
                    List.copyOf(each.records))));
    open.clear();
    Checkpoint made =
        Checkpoint.sign(
            number + 1, now.truncatedTo(ChronoUnit.MILLIS), previous, List.copyOf(segments), key);
    resume(made);
    return Optional.of(made);
  }
}
