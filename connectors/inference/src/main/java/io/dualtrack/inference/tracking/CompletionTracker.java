package io.dualtrack.inference.tracking;

import io.dualtrack.inference.tracking.Runs.Run;
import io.dualtrack.inference.tracking.Runs.State;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which orders of one partition are out and which are completed.
 *
 * <p>Kafka commits one offset per partition, but calls finish in any order: committing only below
 * the slowest one would send everything above it again after a restart. So the completed orders
 * above the committed offset travel in the offset's metadata. The broker bounds that text, so
 * {@link #mayTake} says no before it can overflow, whatever order the open calls finish in.
 *
 * <p>A process that is killed cannot say what it had sent since its last commit. Therefore it hands
 * out at most {@link #RESERVE} offsets beyond what it committed, and its successor takes those that
 * were in the log by then for orders that may have been sent.
 *
 * <p>Offsets have gaps where transactions ended or were aborted; a gap counts as completed. One
 * thread.
 */
public final class CompletionTracker {

  /** Offsets that a mark reserves where there is room for them. */
  public static final int RESERVE = 128;

  /** Below this a mark reserves nothing, so that there is not one commit for each order. */
  private static final int SMALLEST_RESERVE = 32;

  /** Characters of metadata; a broker takes 4,096 unless it is set otherwise. */
  static final int METADATA_BUDGET = 3_800;

  private static final class Open {
    private State state;
    private boolean delivered;

    Open(State state, boolean delivered) {
      this.state = state;
      this.delivered = delivered;
    }
  }

  private final NavigableMap<Long, Open> open = new TreeMap<>();
  private final long suspectBelow;

  /** How many of {@link #open} the log has not delivered to this owner. */
  private int owed;

  private long end;
  private long limit = Long.MIN_VALUE;

  private CompletionTracker(long end, long suspectBelow) {
    this.end = end;
    this.suspectBelow = suspectBelow;
  }

  /**
   * A partition that nobody ever committed.
   *
   * @param position offset of the first order to take
   */
  public static CompletionTracker fresh(long position) {
    return new CompletionTracker(position, position);
  }

  /**
   * A partition as its last owner left it.
   *
   * @param offset the committed offset
   * @param metadata what was committed with it; where it is none of ours, all orders that are in
   *     the log may have been sent
   * @param logEnd end of the partition's log now
   */
  public static CompletionTracker restore(long offset, String metadata, long logEnd) {
    Optional<Runs> decoded = Runs.decode(metadata);
    if (decoded.isEmpty()) {
      return new CompletionTracker(offset, logEnd);
    }
    CompletionTracker tracker = new CompletionTracker(offset, offset);
    for (Run run : decoded.get().runs()) {
      tracker.owe(run);
    }
    long reserved = Math.min(decoded.get().reserve(), logEnd - tracker.end);
    if (reserved > 0) {
      tracker.owe(new Run(State.MAYBE_SENT, reserved));
    }
    return tracker;
  }

  private void owe(Run run) {
    long from = end;
    end += run.length();
    if (run.state() != State.DONE) {
      for (long offset = from; offset < end; offset++) {
        open.put(offset, new Open(run.state(), false));
        owed++;
      }
    }
  }

  /** Whether the order at an offset may be handed out now. */
  public boolean mayTake(long offset) {
    return offset < limit;
  }

  /** Whether a commit would let the order at an offset be handed out. */
  public boolean awaitsCommit(long offset) {
    return offset >= limit && offset < end + reserve();
  }

  private int reserve() {
    long span = end - committable();
    for (int reserve = RESERVE; reserve >= SMALLEST_RESERVE; reserve /= 2) {
      if (Runs.longestText(open.size() + reserve, span + reserve) <= METADATA_BUDGET) {
        return reserve;
      }
    }
    return 0;
  }

  /**
   * Takes the next order of the partition. Offsets come in the log's order.
   *
   * @return {@link Receipt#DONE} where it is to be skipped; otherwise it is out from now on, until
   *     {@link #complete}
   */
  public Receipt take(long offset) {
    closeUndelivered(offset);
    if (offset >= end) {
      end = offset + 1;
      open.put(offset, new Open(State.MAYBE_SENT, true));
      return offset < suspectBelow ? Receipt.REPEATED : Receipt.FIRST;
    }
    Open known = open.get(offset);
    if (known == null || known.delivered) {
      return Receipt.DONE;
    }
    Receipt receipt = known.state == State.MAYBE_SENT ? Receipt.REPEATED : Receipt.FIRST;
    known.state = State.MAYBE_SENT;
    known.delivered = true;
    owed--;
    return receipt;
  }

  /** The order's completion is part of the next commit. */
  public void complete(long offset) {
    Open known = open.remove(offset);
    if (known == null || !known.delivered) {
      throw new IllegalStateException("order at offset " + offset + " is not out");
    }
  }

  /** The order was taken, but it is certain that no call was made for it. */
  public void notSent(long offset) {
    open.get(offset).state = State.NOT_SENT;
  }

  /**
   * The log has no further order below a position: what it still owed below was removed by
   * retention, and the rest are marks of transactions.
   */
  public void advance(long position) {
    closeUndelivered(position);
    end = Math.max(end, position);
  }

  private void closeUndelivered(long below) {
    if (owed > 0) {
      int before = open.size();
      open.headMap(below).values().removeIf(known -> !known.delivered);
      owed -= before - open.size();
    }
  }

  /** Orders that were taken and are not completed, or are owed by the log since the last owner. */
  public int open() {
    return open.size();
  }

  /** All orders below this offset are completed. */
  public long committable() {
    return open.isEmpty() ? end : open.firstKey();
  }

  /**
   * What to commit now.
   *
   * @param clean whether no order is handed out after this mark, and those that were never sent are
   *     told by {@link #notSent}
   */
  public Mark mark(boolean clean) {
    List<Run> runs = new ArrayList<>();
    long from = committable();
    State state = State.DONE;
    long start = from;
    long next = from;
    for (var entry : open.entrySet()) {
      long offset = entry.getKey();
      if (offset > next && state != State.DONE) {
        runs.add(new Run(state, next - start));
        state = State.DONE;
        start = next;
      }
      if (entry.getValue().state != state) {
        if (offset > start) {
          runs.add(new Run(state, offset - start));
        }
        state = entry.getValue().state;
        start = offset;
      }
      next = offset + 1;
    }
    if (next > start && state != State.DONE) {
      runs.add(new Run(state, next - start));
      start = next;
    }
    if (end > start) {
      runs.add(new Run(State.DONE, end - start));
    }
    int reserve = clean ? 0 : reserve();
    return new Mark(from, new Runs(reserve, runs).encode(), end + reserve);
  }

  /** A mark was committed; more orders may be handed out. */
  public void committed(Mark mark) {
    limit = mark.limit();
  }
}
