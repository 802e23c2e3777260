package io.dualtrack.inference.flow;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** How much was used in the last minute, by the second. One thread. */
final class Minute {

  /** One more than a minute has, because the oldest one is not over yet. */
  private static final int SECONDS = 61;

  private final long[] used = new long[SECONDS];
  private long newest = Long.MIN_VALUE;
  private long sum;

  /**
   * @param amount below 0 to take something back; ignored where the minute is over
   */
  void add(Instant at, long amount, Instant now) {
    advance(now);
    long second = at.getEpochSecond();
    if (second > newest - SECONDS && second <= newest) {
      used[slot(second)] += amount;
      sum += amount;
    }
  }

  /**
   * How long until a further amount stays within a limit; 0 where it does now. An amount above the
   * limit has to wait until nothing else is left.
   */
  long nanosUntil(long amount, long limit, Instant now) {
    advance(now);
    long excess = sum + Math.min(amount, limit) - limit;
    if (excess <= 0) {
      return 0;
    }
    for (long second = newest - SECONDS + 1; second <= newest; second++) {
      excess -= used[slot(second)];
      if (excess <= 0) {
        long free = second + SECONDS;
        return TimeUnit.SECONDS.toNanos(free - now.getEpochSecond()) - now.getNano();
      }
    }
    return TimeUnit.SECONDS.toNanos(1);
  }

  private void advance(Instant now) {
    long second = now.getEpochSecond();
    if (newest == Long.MIN_VALUE) {
      newest = second;
    }
    for (long next = Math.max(newest + 1, second - SECONDS + 1); next <= second; next++) {
      sum -= used[slot(next)];
      used[slot(next)] = 0;
    }
    newest = Math.max(newest, second);
  }

  private static int slot(long second) {
    return Math.floorMod(second, SECONDS);
  }
}
