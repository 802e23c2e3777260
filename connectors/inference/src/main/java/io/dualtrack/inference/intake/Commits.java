package io.dualtrack.inference.intake;

import io.dualtrack.inference.tracking.Mark;
import io.dualtrack.schemas.ServiceClass;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/**
 * What ended and is not written yet, and when it is written: at once where somebody waits for it,
 * collected for a while where nobody does. Belongs to the poll thread.
 */
final class Commits {

  private static final Duration COMMIT_EVERY = Duration.ofMillis(50);

  /** Where many end, each transaction is for more of them. */
  private static final Duration COMMIT_MANY_EVERY = Duration.ofMillis(150);

  /** And so many times as long as the one before took: slow brokers get fewer of them. */
  private static final int TIMES_A_COMMIT = 9;

  private static final Duration LONGEST_DISTANCE = Duration.ofSeconds(1);

  private static final int MANY = 50;
  private static final Duration PROMPT_DISTANCE = Duration.ofMillis(10);
  private static final Duration ADVANCE_EVERY = Duration.ofSeconds(1);
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(200);
  private static final int RECORDS_PER_TRANSACTION = 1_000;
  private static final long BYTES_PER_TRANSACTION = 16L * 1024 * 1024;

  private final Ledger ledger;
  private final InstantSource clock;
  private final IntakeMeters meters;
  private final Consumer<Finished> onWritten;

  /** Ended, and part of no transaction. */
  private final Deque<Finished> finished = new ArrayDeque<>();

  /** Part of the transaction that is written next, or again. */
  private final List<Finished> batch = new ArrayList<>();

  /** Whether somebody waits for an end that is not written yet. */
  private boolean waitedFor;

  private Instant nextCommit = Instant.MIN;

  /** What somebody waits for is not written before this: each transaction costs several calls. */
  private Instant nextPrompt = Instant.MIN;

  private Instant nextAdvance = Instant.MIN;

  /** After a transaction that failed, the next one is not tried before this. */
  private Instant notBefore = Instant.MIN;

  /**
   * @param onWritten told of each order whose end is in the log
   */
  Commits(Ledger ledger, InstantSource clock, IntakeMeters meters, Consumer<Finished> onWritten) {
    this.ledger = ledger;
    this.clock = clock;
    this.meters = meters;
    this.onWritten = onWritten;
  }

  void add(Finished done) {
    finished.add(done);
    waitedFor |= done.held().serviceClass == ServiceClass.INTERACTIVE;
  }

  boolean isEmpty() {
    return finished.isEmpty() && batch.isEmpty();
  }

  void commitIfDue(Collection<Held> held) {
    Instant now = clock.instant();
    if (now.isBefore(notBefore)) {
      return;
    }
    boolean much = finished.size() >= RECORDS_PER_TRANSACTION;
    boolean ended = !isEmpty() && !now.isBefore(waitedFor ? nextPrompt : nextCommit);
    if (much || ended || awaited(held) || behind(held, now)) {
      commit(held, List.of());
    }
  }

  private static boolean awaited(Collection<Held> held) {
    return held.stream().anyMatch(Held::awaitsCommit);
  }

  private boolean behind(Collection<Held> held, Instant now) {
    return !now.isBefore(nextAdvance)
        && held.stream().anyMatch(each -> each.tracker.committable() != each.mark.offset());
  }

  /**
   * @param last partitions of which this is the last commit
   * @return whether it succeeded
   */
  boolean commit(Collection<Held> held, Collection<Held> last) {
    fillBatch();
    Map<TopicPartition, Mark> marks = new HashMap<>();
    for (Held each : held) {
      Mark mark = each.tracker.mark(last.contains(each));
      if (!mark.equals(each.mark)) {
        marks.put(each.partition, mark);
      }
    }
    if (marks.isEmpty() && batch.isEmpty()) {
      return true;
    }
    Instant from = clock.instant();
    boolean written = ledger.write(batch.stream().map(Finished::record).toList(), marks);
    Instant now = clock.instant();
    if (!written) {
      meters.aborted();
      notBefore = now.plus(PAUSE_AFTER_FAILURE);
      return false;
    }
    Duration took = Duration.between(from, now);
    meters.committed(batch.size(), took);
    nextCommit = now.plus(distance(batch.size(), took));
    batch.forEach(onWritten);
    batch.clear();
    waitedFor = !finished.isEmpty() && waitedFor;
    for (Held each : held) {
      Mark mark = marks.get(each.partition);
      if (mark != null) {
        each.mark = mark;
        each.tracker.committed(mark);
      }
    }
    nextPrompt = now.plus(PROMPT_DISTANCE);
    nextAdvance = now.plus(ADVANCE_EVERY);
    return true;
  }

  private static Duration distance(int ended, Duration took) {
    Duration usual = ended < MANY ? COMMIT_EVERY : COMMIT_MANY_EVERY;
    Duration ofSlow = took.multipliedBy(TIMES_A_COMMIT);
    Duration bounded = ofSlow.compareTo(LONGEST_DISTANCE) < 0 ? ofSlow : LONGEST_DISTANCE;
    return bounded.compareTo(usual) < 0 ? usual : bounded;
  }

  private void fillBatch() {
    long bytes = 0;
    while (!finished.isEmpty()
        && batch.size() < RECORDS_PER_TRANSACTION
        && bytes < BYTES_PER_TRANSACTION) {
      Finished next = finished.removeFirst();
      next.held().tracker.complete(next.offset());
      bytes += next.record().value().length;
      batch.add(next);
    }
  }

  /**
   * Writes all that ended, with the last marks of partitions that are given up.
   *
   * @return whether it succeeded
   */
  boolean commitAll(Collection<Held> held, Collection<Held> last) {
    while (!isEmpty()) {
      if (!commit(held, last)) {
        return false;
      }
    }
    return commit(held, last);
  }

  /**
   * Drops what ended and was not written of a partition that is somebody else's now.
   *
   * @param onDropped told of each of them
   */
  void drop(Held lost, Consumer<Finished> onDropped) {
    Stream.of(batch, finished)
        .forEach(
            all ->
                all.removeIf(
                    done -> {
                      boolean remove = done.held() == lost;
                      if (remove) {
                        onDropped.accept(done);
                      }
                      return remove;
                    }));
  }
}
