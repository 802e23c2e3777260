package io.dualtrack.bench.abuse;

import java.util.random.RandomGenerator;

/** When an account asks. Times are milliseconds since the beginning of the log. */
sealed interface Rhythm {

  long HOUR = 3_600_000;
  long DAY = 24 * HOUR;

  /** Never again. */
  long NEVER = Long.MAX_VALUE;

  /**
   * The time of the next exchange after another one.
   *
   * @param after -1 for the first
   */
  long next(long after, RandomGenerator random);

  /**
   * As clients of a real service ask: some hours a day, in bursts.
   *
   * <p>Gaps are hyperexponential with balanced means (Whitt, "Approximating a point process by a
   * renewal process", 1982), which gives any coefficient of variation of 1 and more.
   *
   * @param perDay exchanges a day, in the mean
   * @param startHour when the day's work begins, UTC
   * @param hours how long it goes on, up to 24
   * @param variation coefficient of variation of the gaps, at least 1
   */
  record Client(double perDay, double startHour, double hours, double variation) implements Rhythm {

    @Override
    public long next(long after, RandomGenerator random) {
      // The day before the log counts, so that the log does not begin with everybody asleep.
      long worked = after < 0 ? (long) (random.nextDouble() * gap(random)) : workedUntil(after);
      long at;
      do {
        worked += Math.max(1, (long) gap(random));
        at = asTime(worked);
      } while (at <= after || at < 0);
      return at;
    }

    private double gap(RandomGenerator random) {
      double squared = variation * variation;
      double p = (1 + Math.sqrt((squared - 1) / (squared + 1))) / 2;
      double share = random.nextDouble() < p ? p : 1 - p;
      return random.nextExponential() * hours * HOUR / (perDay * 2 * share);
    }

    private long dayBefore() {
      return (long) (startHour * HOUR) - DAY;
    }

    /** Working time since the day before the log, milliseconds. */
    private long workedUntil(long at) {
      long since = at - dayBefore();
      long active = (long) (hours * HOUR);
      return since / DAY * active + Math.min(active, since % DAY);
    }

    private long asTime(long worked) {
      long active = (long) (hours * HOUR);
      return dayBefore() + worked / active * DAY + worked % active;
    }
  }

  /**
   * As a scheduler asks that gives each of its accounts the same quota a day: evenly, with a little
   * jitter.
   *
   * @param perDay exchanges a day
   * @param jitter share of the distance between two exchanges that one is moved by, at most
   */
  record Quota(double perDay, long start, double jitter) implements Rhythm {

    @Override
    public long next(long after, RandomGenerator random) {
      double distance = DAY / perDay;
      double slot = after < start ? 0 : Math.floor((after - start) / distance) + 1;
      return start + (long) ((slot + jitter * random.nextDouble()) * distance);
    }
  }

  /** From nothing to what another rhythm is, in a straight line over so many milliseconds. */
  record Ramp(Rhythm whole, long over) implements Rhythm {

    @Override
    public long next(long after, RandomGenerator random) {
      long at = whole.next(after, random);
      while (at < over && random.nextDouble() * over > at) {
        at = whole.next(at, random);
      }
      return at;
    }
  }

  /** Only from a moment on, and not before. */
  record From(long start, Rhythm whole) implements Rhythm {

    @Override
    public long next(long after, RandomGenerator random) {
      long at = whole.next(after, random);
      while (at < start) {
        at = whole.next(at, random);
      }
      return at;
    }
  }
}
