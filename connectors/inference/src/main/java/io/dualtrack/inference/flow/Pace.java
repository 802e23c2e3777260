package io.dualtrack.inference.flow;

import java.time.Duration;
import java.time.Instant;

/**
 * How many calls an offering may have in flight, and whether it may be called at all now.
 *
 * <p>A provider that answers 429 is left alone for as long as it asks, or for a time that doubles
 * with each such answer in a row. All calls of an offering that were out together tend to be
 * refused together; to send as many again at once would use up their attempts. So the number in
 * flight is halved, and grows by one with each success.
 */
final class Pace {

  private static final Duration FIRST_HOLD = Duration.ofMillis(500);
  private static final Duration LONGEST_HOLD = Duration.ofSeconds(30);
  private static final int LONGEST_SHIFT = 6;

  private int inFlight;
  private int window = Integer.MAX_VALUE;
  private int holds;
  private Instant heldUntil = Instant.MIN;

  /**
   * @param maxConcurrency of the offering
   */
  boolean full(int maxConcurrency) {
    return inFlight >= Math.min(Math.max(1, maxConcurrency), window);
  }

  Instant heldUntil() {
    return heldUntil;
  }

  int inFlight() {
    return inFlight;
  }

  void started() {
    inFlight++;
  }

  void ended() {
    inFlight--;
  }

  void succeeded(int maxConcurrency) {
    holds = 0;
    window = window >= maxConcurrency ? Integer.MAX_VALUE : window + 1;
  }

  /**
   * The provider asks for a pause.
   *
   * @param after how long; null where it does not say
   * @param jitter from 0 to 1
   */
  void hold(Instant now, Duration after, double jitter) {
    if (now.isAfter(heldUntil)) {
      // The first of those that were refused together; it is not in flight any more itself.
      window = Math.max(1, (inFlight + 1) / 2);
      holds++;
    }
    Instant until = now.plus(after != null ? after : backOff(FIRST_HOLD, holds, jitter));
    if (until.isAfter(heldUntil)) {
      heldUntil = until;
    }
  }

  /**
   * Doubles from a first delay up to a bound; the last half of it is left to chance.
   *
   * @param times 1 for the first time
   */
  static Duration backOff(Duration first, int times, double jitter) {
    Duration full = first.multipliedBy(1L << Math.min(Math.max(0, times - 1), LONGEST_SHIFT));
    Duration bounded = full.compareTo(LONGEST_HOLD) > 0 ? LONGEST_HOLD : full;
    return Duration.ofNanos((long) (bounded.toNanos() * (0.5 + jitter / 2)));
  }
}
