package io.dualtrack.audit;

import io.dualtrack.audit.Finding.Kind;
import io.dualtrack.schemas.TrustedKeys;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Holds a trail against its checkpoints, in their order, and names the first record of each
 * partition that is not as it was sealed.
 *
 * <p>What is gone from the beginning of a partition counts as expired where it is older than the
 * catalogue's retention by the times that were sealed, and as removed otherwise: what the topic is
 * set to now is for whoever can set it.
 */
final class TrailVerifier implements CheckpointFolder.Reader {

  /** A sealer that is started again needs a moment; one that is not running must be noticed. */
  static final Duration SEALED_WITHIN = Duration.ofMinutes(1);

  private static final class Progress {
    private long sealedTo = -1;
    private byte[] head;
    private boolean bad;
  }

  private final Trail trail;
  private final TrustedKeys keys;
  private final Duration retention;
  private final Instant now;
  private final Hashes hashes = new Hashes();
  private final Map<TopicPartition, Trail.Range> ranges;
  private final Map<TopicPartition, Progress> partitions = new HashMap<>();
  private final List<Finding> findings = new ArrayList<>();
  private Checkpoint last;
  private boolean gapSaid;
  private long records;
  private long expired;
  private long checkpoints;

  /**
   * @param trail read, not closed
   * @param retention how long records must be kept
   */
  TrailVerifier(Trail trail, TrustedKeys keys, Duration retention, Instant now) {
    this.trail = trail;
    this.keys = keys;
    this.retention = retention;
    this.now = now;
    this.ranges = trail.ranges();
    ranges.keySet().forEach(partition -> partitions.put(partition, new Progress()));
  }

  @Override
  public void unreadable(String place) {
    findings.add(
        Finding.ofCheckpoint(
            Kind.CHECKPOINT_ALTERED,
            last == null ? 0 : last.number() + 1,
            "%s is no checkpoint any more".formatted(place)));
    gapSaid = true;
  }

  @Override
  public void checkpoint(Checkpoint checkpoint) {
    checkpoints++;
    if (!checkpoint.isSigned(keys)) {
      findings.add(
          Finding.ofCheckpoint(
              Kind.CHECKPOINT_ALTERED,
              checkpoint.number(),
              keys.knows(checkpoint.keyId())
                  ? "checkpoint %d is not what the key %s signed"
                      .formatted(checkpoint.number(), checkpoint.keyId())
                  : "checkpoint %d is signed by the key %s, which is not trusted"
                      .formatted(checkpoint.number(), checkpoint.keyId())));
      gapSaid = true;
      return;
    }
    checkOrder(checkpoint);
    for (Segment segment : checkpoint.segments()) {
      verify(segment, checkpoint);
    }
    last = checkpoint;
    gapSaid = false;
  }

  private void checkOrder(Checkpoint checkpoint) {
    if (last == null || gapSaid || Arrays.equals(checkpoint.previous(), last.hash())) {
      return;
    }
    findings.add(
        Finding.ofCheckpoint(
            Kind.CHECKPOINT_REMOVED,
            checkpoint.number(),
            "checkpoint %d does not follow checkpoint %d, which is before it"
                .formatted(checkpoint.number(), last.number())));
  }

  private void verify(Segment segment, Checkpoint checkpoint) {
    Progress progress = partitions.computeIfAbsent(segment.partition(), missing -> new Progress());
    if (progress.bad) {
      return;
    }
    checkContinuity(segment, progress, checkpoint);
    if (!segment.isConsistent(hashes)) {
      add(
          progress,
          finding(
              Kind.CHECKPOINT_ALTERED,
              segment,
              -1,
              "",
              checkpoint,
              "the list of the records from %d to %d is not the one that was signed"
                  .formatted(segment.from(), segment.to() - 1)));
      return;
    }
    Trail.Range range = ranges.getOrDefault(segment.partition(), new Trail.Range(0, 0));
    try {
      compare(segment, range, progress, checkpoint);
    } catch (Trail.UnreadableException e) {
      add(
          progress,
          finding(
              Kind.UNREADABLE,
              segment,
              e.offset(),
              keyAt(segment, e.offset()),
              checkpoint,
              e.getMessage()));
    }
  }

  private void checkContinuity(Segment segment, Progress progress, Checkpoint checkpoint) {
    boolean follows =
        progress.sealedTo < 0
            || progress.sealedTo == segment.from()
                && Arrays.equals(progress.head, segment.previousHead());
    if (!follows && !gapSaid && findings.stream().noneMatch(TrailVerifier::isOfCheckpoint)) {
      findings.add(
          finding(
              Kind.NOT_SEALED,
              segment,
              progress.sealedTo,
              "",
              checkpoint,
              "the records from %d to %d were never sealed"
                  .formatted(progress.sealedTo, segment.from() - 1)));
    }
    progress.sealedTo = segment.to();
    progress.head = segment.head();
  }

  private static boolean isOfCheckpoint(Finding finding) {
    return finding.kind() == Kind.CHECKPOINT_REMOVED || finding.kind() == Kind.CHECKPOINT_ALTERED;
  }

  private void compare(Segment segment, Trail.Range range, Progress progress, Checkpoint checkpoint)
      throws Trail.UnreadableException {
    int next = 0;
    List<SealedRecord> sealed = segment.records();
    boolean old = segment.firstMillis() < now.minus(retention).toEpochMilli();
    while (next < sealed.size() && sealed.get(next).offset() < range.begin() && old) {
      expired++;
      next++;
    }
    skipUnsealed(segment);
    while (true) {
      Optional<ConsumerRecord<byte[], byte[]>> found =
          trail.next(segment.partition(), segment.to());
      SealedRecord expected = next < sealed.size() ? sealed.get(next) : null;
      if (found.isEmpty() && expected == null) {
        return;
      }
      if (found.isEmpty() || expected != null && found.get().offset() > expected.offset()) {
        add(
            progress,
            finding(
                Kind.REMOVED,
                segment,
                expected.offset(),
                expected.key(),
                checkpoint,
                "the record was sealed at %s and is gone".formatted(checkpoint.at())));
        return;
      }
      ConsumerRecord<byte[], byte[]> record = found.get();
      if (expected == null || record.offset() < expected.offset()) {
        add(
            progress,
            finding(
                Kind.ADDED,
                segment,
                record.offset(),
                Sealer.text(record.key()),
                checkpoint,
                "no such record was there at %s".formatted(checkpoint.at())));
        return;
      }
      if (!Arrays.equals(hashes.content(record), expected.content())) {
        add(progress, altered(segment, checkpoint, record, expected));
        return;
      }
      records++;
      next++;
    }
  }

  /** Records in front of the first checkpoint there is: their own may be archived elsewhere. */
  private void skipUnsealed(Segment segment) throws Trail.UnreadableException {
    long skipped = 0;
    while (trail.next(segment.partition(), segment.from()).isPresent()) {
      skipped++;
    }
    if (skipped > 0 && findings.isEmpty()) {
      findings.add(
          new Finding(
              Kind.NOT_SEALED,
              segment.partition().topic(),
              segment.partition().partition(),
              -1,
              "",
              0,
              "no checkpoint covers %,d records before offset %d"
                  .formatted(skipped, segment.from())));
    }
  }

  private static Finding altered(
      Segment segment,
      Checkpoint checkpoint,
      ConsumerRecord<byte[], byte[]> record,
      SealedRecord expected) {
    String key = Sealer.text(record.key());
    return finding(
        Kind.ALTERED,
        segment,
        record.offset(),
        expected.key(),
        checkpoint,
        key.equals(expected.key())
            ? "the record is not the one that was sealed at %s".formatted(checkpoint.at())
            : "the record of %s stands where another one was sealed at %s"
                .formatted(key, checkpoint.at()));
  }

  private static String keyAt(Segment segment, long offset) {
    return segment.records().stream()
        .filter(record -> record.offset() >= offset)
        .map(SealedRecord::key)
        .findFirst()
        .orElse("");
  }

  private static Finding finding(
      Kind kind, Segment segment, long offset, String key, Checkpoint checkpoint, String text) {
    return new Finding(
        kind,
        segment.partition().topic(),
        segment.partition().partition(),
        offset,
        key,
        checkpoint.number(),
        text);
  }

  private void add(Progress progress, Finding finding) {
    progress.bad = true;
    findings.add(finding);
  }

  /** Looks at what is behind the last checkpoint, and says what was found in all. */
  Verdict finish() {
    long unsealed = 0;
    for (TopicPartition partition : ranges.keySet()) {
      if (!partitions.get(partition).bad) {
        unsealed += countUnsealed(partition);
      }
    }
    return new Verdict(
        List.copyOf(findings),
        records,
        expired,
        checkpoints,
        last == null ? null : last.at(),
        unsealed);
  }

  private long countUnsealed(TopicPartition partition) {
    long count = 0;
    try {
      Optional<ConsumerRecord<byte[], byte[]>> record = trail.next(partition, Long.MAX_VALUE);
      if (record.isPresent()
          && Instant.ofEpochMilli(record.get().timestamp()).isBefore(now.minus(SEALED_WITHIN))) {
        findings.add(
            new Finding(
                Kind.NOT_SEALED,
                partition.topic(),
                partition.partition(),
                record.get().offset(),
                Sealer.text(record.get().key()),
                0,
                "nothing is sealed from here on, for more than %d s"
                    .formatted(SEALED_WITHIN.toSeconds())));
      }
      while (record.isPresent()) {
        count++;
        record = trail.next(partition, Long.MAX_VALUE);
      }
    } catch (Trail.UnreadableException e) {
      findings.add(
          new Finding(
              Kind.UNREADABLE,
              partition.topic(),
              partition.partition(),
              e.offset(),
              "",
              0,
              e.getMessage()));
    }
    return count;
  }
}
