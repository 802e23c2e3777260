package io.dualtrack.sandbox;

/**
 * What may still be used of a limit per minute. It starts full, and fills evenly up to a minute's
 * worth.
 */
final class Allowance {

  private static final double NANOS_PER_MINUTE = 60e9;

  private final long perMinute;
  private double left;
  private long filledAt;

  /**
   * @param perMinute 0 for no limit
   * @param now of {@link System#nanoTime}
   */
  Allowance(long perMinute, long now) {
    this.perMinute = perMinute;
    this.left = perMinute;
    this.filledAt = now;
  }

  /**
   * Nanoseconds until an amount is free; 0 where it is free now. Nothing is used by asking. An
   * amount above a minute's worth is free once the allowance is full.
   */
  synchronized long nanosUntilFree(long amount, long now) {
    if (perMinute == 0) {
      return 0;
    }
    left = Math.min(perMinute, left + (now - filledAt) * perMinute / NANOS_PER_MINUTE);
    filledAt = now;
    double missing = Math.min(amount, perMinute) - left;
    return missing <= 0 ? 0 : (long) Math.ceil(missing * NANOS_PER_MINUTE / perMinute);
  }

  synchronized void use(long amount) {
    if (perMinute != 0) {
      left -= amount;
    }
  }
}
