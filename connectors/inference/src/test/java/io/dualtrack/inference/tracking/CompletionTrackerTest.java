package io.dualtrack.inference.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class CompletionTrackerTest {

  private static CompletionTracker announced(long position) {
    CompletionTracker tracker = CompletionTracker.fresh(position);
    tracker.committed(tracker.mark(false));
    return tracker;
  }

  private static CompletionTracker restored(Mark mark, long logEnd) {
    CompletionTracker tracker = CompletionTracker.restore(mark.offset(), mark.metadata(), logEnd);
    tracker.committed(tracker.mark(false));
    return tracker;
  }

  @Test
  void commitsBelowTheSlowestOrder() {
    CompletionTracker tracker = announced(10);
    for (long offset = 10; offset < 15; offset++) {
      assertThat(tracker.take(offset)).isEqualTo(Receipt.FIRST);
    }
    tracker.complete(10);
    tracker.complete(12);
    tracker.complete(14);
    assertThat(tracker.mark(false).offset()).isEqualTo(11);
    tracker.complete(11);
    assertThat(tracker.mark(false).offset()).isEqualTo(13);
    tracker.complete(13);
    assertThat(tracker.mark(false).offset()).isEqualTo(15);
  }

  @Test
  void theNextOwnerSkipsWhatIsCompletedAndRepeatsWhatWasOut() {
    CompletionTracker tracker = announced(0);
    for (long offset = 0; offset < 5; offset++) {
      tracker.take(offset);
    }
    tracker.complete(1);
    tracker.complete(3);
    CompletionTracker next = restored(tracker.mark(false), 5);
    assertThat(next.take(0)).isEqualTo(Receipt.REPEATED);
    assertThat(next.take(1)).isEqualTo(Receipt.DONE);
    assertThat(next.take(2)).isEqualTo(Receipt.REPEATED);
    assertThat(next.take(3)).isEqualTo(Receipt.DONE);
    assertThat(next.take(4)).isEqualTo(Receipt.REPEATED);
    assertThat(next.take(5)).isEqualTo(Receipt.FIRST);
  }

  @Test
  void whatMayHaveBeenSentSinceTheLastCommitIsRepeated() {
    CompletionTracker tracker = announced(0);
    Mark last = tracker.mark(false);
    tracker.take(0);
    assertThat(restored(last, 1).take(0)).isEqualTo(Receipt.REPEATED);
  }

  @Test
  void anOrderThatCameAfterTheFallOfItsOwnerIsNotRepeated() {
    CompletionTracker tracker = announced(0);
    Mark last = tracker.mark(false);
    CompletionTracker next = restored(last, 1);
    assertThat(next.take(0)).isEqualTo(Receipt.REPEATED);
    assertThat(next.take(1)).isEqualTo(Receipt.FIRST);
  }

  @Test
  void aCleanStopSaysExactlyWhatWasSent() {
    CompletionTracker tracker = announced(0);
    tracker.take(0);
    tracker.take(1);
    tracker.notSent(1);
    CompletionTracker next = restored(tracker.mark(true), 3);
    assertThat(next.take(0)).isEqualTo(Receipt.REPEATED);
    assertThat(next.take(1)).isEqualTo(Receipt.FIRST);
    assertThat(next.take(2)).isEqualTo(Receipt.FIRST);
  }

  @Test
  void nothingIsHandedOutBeforeAMarkIsCommittedOrBeyondItsReserve() {
    CompletionTracker tracker = CompletionTracker.fresh(0);
    assertThat(tracker.mayTake(0)).isFalse();
    assertThat(tracker.awaitsCommit(0)).isTrue();
    tracker.committed(tracker.mark(false));
    for (long offset = 0; offset < CompletionTracker.RESERVE; offset++) {
      assertThat(tracker.mayTake(offset)).isTrue();
      tracker.take(offset);
    }
    assertThat(tracker.mayTake(CompletionTracker.RESERVE)).isFalse();
    assertThat(tracker.awaitsCommit(CompletionTracker.RESERVE)).isTrue();
    tracker.committed(tracker.mark(false));
    assertThat(tracker.mayTake(CompletionTracker.RESERVE)).isTrue();
  }

  @Test
  void anOffsetBeyondAGapLongerThanTheReserveIsReachedByAdvancing() {
    CompletionTracker tracker = announced(0);
    assertThat(tracker.mayTake(1_000)).isFalse();
    tracker.advance(1_000);
    assertThat(tracker.awaitsCommit(1_000)).isTrue();
    tracker.committed(tracker.mark(false));
    assertThat(tracker.mayTake(1_000)).isTrue();
    assertThat(tracker.committable()).isEqualTo(1_000);
  }

  @Test
  void stopsTakingBeforeTheMetadataCanOverflow() {
    CompletionTracker tracker = announced(0);
    List<Long> out = new ArrayList<>();
    long offset = 0;
    while (tracker.mayTake(offset)) {
      tracker.take(offset);
      out.add(offset);
      offset++;
      tracker.committed(tracker.mark(false));
    }
    assertThat(out).hasSizeGreaterThan(1_000);
    for (int i = 1; i < out.size(); i += 2) {
      tracker.complete(out.get(i));
      assertThat(tracker.mark(false).metadata().length()).isLessThanOrEqualTo(4_096);
    }
    tracker.committed(tracker.mark(false));
    assertThat(tracker.mayTake(offset)).isTrue();
  }

  @Test
  void aCrashLoopDoesNotLetTheMetadataGrow() {
    CompletionTracker tracker = announced(0);
    for (int crash = 0; crash < 100; crash++) {
      Mark mark = tracker.mark(false);
      assertThat(mark.metadata().length()).isLessThanOrEqualTo(4_096);
      tracker = restored(mark, 1_000_000);
    }
    assertThat(tracker.open()).isLessThan(2_000);
  }

  @Test
  void ordersThatRetentionRemovedDoNotHoldTheCommitBack() {
    CompletionTracker tracker = announced(0);
    tracker.take(0);
    tracker.take(1);
    CompletionTracker next = restored(tracker.mark(false), 10);
    assertThat(next.take(7)).isEqualTo(Receipt.REPEATED);
    assertThat(next.committable()).isEqualTo(7);
  }

  @Test
  void metadataOfSomebodyElseMakesEveryKnownOrderARepeatedOne() {
    for (String foreign : List.of("", "reset by hand", "AAAA", "AQ", "AQGDgw")) {
      CompletionTracker tracker = CompletionTracker.restore(3, foreign, 5);
      tracker.committed(tracker.mark(false));
      assertThat(tracker.take(3)).as(foreign).isEqualTo(Receipt.REPEATED);
      assertThat(tracker.take(4)).as(foreign).isEqualTo(Receipt.REPEATED);
      assertThat(tracker.take(5)).as(foreign).isEqualTo(Receipt.FIRST);
    }
  }

  @Test
  void completingAnOrderThatIsNotOutIsAnError() {
    CompletionTracker tracker = announced(0);
    assertThatThrownBy(() -> tracker.complete(0)).isInstanceOf(IllegalStateException.class);
  }

  /** A log, sets instead of ranges, and crashes at any time. */
  @Test
  void agreesWithANaiveModelThroughCrashesAndCleanStops() {
    for (int seed = 0; seed < 100; seed++) {
      run(new Random(seed), seed);
    }
  }

  private static void run(Random random, int seed) {
    TreeSet<Long> log = new TreeSet<>();
    long logEnd = 0;
    Set<Long> everSent = new HashSet<>();
    Set<Long> written = new HashSet<>();
    Set<Long> completedUnwritten = new HashSet<>();
    TreeSet<Long> out = new TreeSet<>();
    long position = 0;
    CompletionTracker tracker = CompletionTracker.fresh(0);
    Mark committed = tracker.mark(false);
    tracker.committed(committed);

    for (int step = 0; step < 400; step++) {
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> {
          for (int i = random.nextInt(20); i >= 0; i--) {
            logEnd += random.nextInt(4) == 0 ? 1 + random.nextInt(50) : 0;
            log.add(logEnd++);
          }
        }
        case 3, 4, 5, 6 -> {
          Long next = log.ceiling(position);
          for (int i = 0; i < 15 && next != null && tracker.mayTake(next); i++) {
            Receipt receipt = tracker.take(next);
            assertThat(receipt == Receipt.DONE)
                .as("seed %d, offset %d", seed, next)
                .isEqualTo(written.contains(next));
            if (receipt != Receipt.DONE) {
              if (everSent.contains(next)) {
                assertThat(receipt).as("seed %d", seed).isEqualTo(Receipt.REPEATED);
              }
              out.add(next);
              everSent.add(next);
            }
            position = next + 1;
            next = log.ceiling(position);
          }
          if (next == null) {
            tracker.advance(logEnd);
            position = Math.max(position, logEnd);
          }
        }
        case 7, 8, 9 -> {
          for (long offset : List.copyOf(out)) {
            if (random.nextInt(3) == 0) {
              tracker.complete(offset);
              out.remove(offset);
              completedUnwritten.add(offset);
            }
          }
        }
        case 10 -> {
          committed = tracker.mark(false);
          tracker.committed(committed);
          written.addAll(completedUnwritten);
          completedUnwritten.clear();
          assertThat(committed.metadata().length()).isLessThanOrEqualTo(4_096);
          Long lowest = out.isEmpty() ? null : out.first();
          if (lowest != null && lowest < committed.offset()) {
            throw new AssertionError("seed " + seed + ": committed past an order that is out");
          }
        }
        default -> {
          if (random.nextInt(4) == 0) {
            committed = tracker.mark(true);
            written.addAll(completedUnwritten);
          }
          completedUnwritten.clear();
          out.clear();
          tracker = CompletionTracker.restore(committed.offset(), committed.metadata(), logEnd);
          position = committed.offset();
          committed = tracker.mark(false);
          tracker.committed(committed);
        }
      }
    }
    Long next = log.ceiling(position);
    while (next != null) {
      if (!tracker.mayTake(next)) {
        out.forEach(tracker::complete);
        written.addAll(out);
        out.clear();
        tracker.advance(next);
        tracker.committed(tracker.mark(false));
      }
      if (tracker.take(next) != Receipt.DONE) {
        out.add(next);
      }
      position = next + 1;
      next = log.ceiling(position);
    }
    out.forEach(tracker::complete);
    written.addAll(out);
    written.addAll(completedUnwritten);
    assertThat(written).as("seed %d", seed).containsAll(log);
    assertThat(tracker.open()).as("seed %d", seed).isZero();
  }
}
