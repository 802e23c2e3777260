package io.dualtrack.inference.flow;

import java.time.Duration;

/**
 * A limit of calls in flight that follows how long they take.
 *
 * <p>One call's time says more about the length of its answer than about the load, so what is
 * compared is the time per token over a whole cohort of calls: those that are started one after the
 * other, waited for to the last. Otherwise the short ones, which end first, would make the endpoint
 * look fast. When a cohort takes more than twice the time per token of the best one known, the
 * calls beyond what that endpoint did in twice the best time only wait there, so the limit shrinks
 * in proportion; otherwise it grows again. Where a cut does not make calls faster, the best known
 * time is doubted instead: prompts may have become longer.
 */
final class Latency {

  private static final int SMALLEST_COHORT = 16;
  private static final int SMALLEST_LIMIT = 4;
  private static final double TOLERATED = 2;
  private static final double LARGEST_CUT = 0.7;

  /** What the best known time is multiplied with when fewer calls were no faster. */
  private static final double DOUBT = 1.25;

  /** Stands for what a call takes beside its output. */
  private static final int TOKENS_PER_CALL = 32;

  private int limit = Integer.MAX_VALUE;
  private int cohort = 1;
  private int size = SMALLEST_COHORT;
  private int started;
  private int ended;
  private boolean wasFull;
  private double nanos;
  private double tokens;
  private double best = Double.MAX_VALUE;

  /** Time per token of the last cohort, and what part of the limit was left after it. */
  private double before = Double.MAX_VALUE;

  private double lastCut = 1;

  int limit() {
    return limit;
  }

  /**
   * @return the cohort that the call belongs to; 0 for none
   */
  int started(boolean full) {
    wasFull |= full;
    if (started == size) {
      return 0;
    }
    started++;
    return cohort;
  }

  /**
   * @param outputTokens of the answer; below 0 where the call says nothing of the endpoint's speed
   * @param allowed most calls in flight that the operator allows
   */
  void ended(int of, Duration took, long outputTokens, int allowed) {
    if (of != cohort) {
      return;
    }
    ended++;
    if (outputTokens >= 0) {
      nanos += took.toNanos();
      tokens += outputTokens + TOKENS_PER_CALL;
    }
    if (started == size && ended == size) {
      judge(allowed);
    }
  }

  private void judge(int allowed) {
    int now = Math.min(limit, allowed);
    if (tokens > 0) {
      double pace = nanos / tokens;
      if (lastCut < 1 && pace > before * (1 + lastCut) / 2) {
        // The last cut did not help: it is not the load that makes calls slow.
        best *= DOUBT;
      }
      best = Math.min(best, pace);
      before = pace;
      lastCut = 1;
      if (pace > best * TOLERATED) {
        double cut = Math.max(LARGEST_CUT, best * TOLERATED / pace);
        lastCut = cut;
        limit = Math.max(Math.min(SMALLEST_LIMIT, allowed), (int) (now * cut));
      } else if (wasFull) {
        int more = now + Math.max(1, now / 8);
        limit = more >= allowed ? Integer.MAX_VALUE : more;
      }
    }
    cohort++;
    size = Math.max(SMALLEST_COHORT, Math.min(limit, allowed) / 4);
    started = 0;
    ended = 0;
    nanos = 0;
    tokens = 0;
    wasFull = false;
  }
}
