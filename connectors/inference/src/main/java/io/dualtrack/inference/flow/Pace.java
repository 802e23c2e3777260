package io.dualtrack.inference.flow;

import java.time.Duration;
import java.time.Instant;

/**
 * How many calls an endpoint may have in flight, and whether it may be called at all now.
 *
 * <p>A provider that answers 429 is left alone for as long as it asks, or for a time that doubles
 * with each such answer in a row. All calls of an offering that were out together tend to be
 * refused together; to send as many again at once would use up their attempts. So the number in
 * flight is halved, and grows by one with each success. {@link Latency} may ask for fewer still.
 *
 * <p>A few places are kept for those that must not wait behind a backlog.
 */
final class Pace {

  private static final Duration FIRST_HOLD = Duration.ofMillis(500);
  private static final Duration LONGEST_HOLD = Duration.ofSeconds(30);
  private static final int LONGEST_SHIFT = 6;

  /** One place in so many is kept free of backlogs, where there are this many or more. */
  private static final int KEPT_SHARE = 50;

  private static final int FEWEST_TO_KEEP = 16;

  private final Latency latency = new Latency();
  private int inFlight;
  private int window = Integer.MAX_VALUE;
  private int holds;
  private Instant heldUntil = Instant.MIN;

  /**
   * @param maxConcurrency of the endpoint
   */
  int limit(int maxConcurrency) {
    return Math.min(Math.max(1, maxConcurrency), Math.min(window, latency.limit()));
  }

  boolean full(int maxConcurrency) {
    return inFlight >= limit(maxConcurrency);
  }

  /** Whether only the places are left that are kept free of backlogs. */
  boolean scarce(int maxConcurrency) {
    int limit = limit(maxConcurrency);
    int kept = limit < FEWEST_TO_KEEP ? 0 : Math.max(1, limit / KEPT_SHARE);
    return inFlight >= limit - kept;
  }

  Instant heldUntil() {
    return heldUntil;
  }

  int inFlight() {
    return inFlight;
  }

  /**
   * @return what {@link #ended} wants to know of the call
   */
  int started(int maxConcurrency) {
    inFlight++;
    return latency.started(scarce(maxConcurrency));
  }

  /**
   * @param cohort what {@link #started} gave
   * @param outputTokens of the answer; below 0 where there is none
   */
  void ended(int cohort, Duration took, long outputTokens, int maxConcurrency) {
    inFlight--;
    latency.ended(cohort, took, outputTokens, Math.max(1, maxConcurrency));
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
