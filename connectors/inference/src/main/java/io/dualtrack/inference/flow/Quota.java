package io.dualtrack.inference.flow;

import io.dualtrack.schemas.Offering;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.TokensInheritanceStrategy;
import io.github.bucket4j.local.SynchronizationStrategy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * Requests and tokens per minute of one offering, as far as they are this process's share.
 *
 * <p>A bucket spreads the quota over the minute: a small part may be used at once. What was used in
 * the last minute is counted beside it, so that no minute, wherever it starts, holds more than the
 * quota, although a call's tokens are estimated before and corrected after. From the corrections
 * the next estimates learn. One thread.
 */
final class Quota {

  /** One part in so many may be used at once. */
  private static final int BURST_SHARE = 25;

  /** One part in so many stays free for what was estimated too low and is not corrected yet. */
  private static final int DOUBT_SHARE = 50;

  /** One request in so many is kept free of backlogs, for tenants that ask for little. */
  private static final int KEPT_SHARE = 50;

  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** What the last answers weigh in the next estimate against all before. */
  private static final double REMEMBER = 0.98;

  private static final double LEAST_RATIO = 0.02;
  private static final double LARGEST_RATIO = 50;

  /**
   * What a quota is made from.
   *
   * @param requests per minute; null for no limit
   * @param tokens per minute; null for no limit
   * @param share of this process, above 0 up to 1
   */
  record Limits(Long requests, Long tokens, double share) {
    static Limits of(Offering offering, double share) {
      return new Limits(offering.getRequestsPerMinute(), offering.getTokensPerMinute(), share);
    }
  }

  private final class Meter {
    private final Bucket bucket;
    private final Minute minute = new Minute();
    private long limit;
    private long burst;
    private long doubt;

    Meter(long limit, boolean estimated) {
      this.doubt = estimated ? limit / DOUBT_SHARE : 0;
      this.limit = limit;
      this.burst = burst(limit);
      this.bucket =
          Bucket.builder()
              .addLimit(bandwidth(limit))
              .withCustomTimePrecision(ticks)
              .withSynchronizationStrategy(SynchronizationStrategy.NONE)
              .build();
    }

    /** What was used counts under the new limit too. */
    void change(long changed) {
      bucket.replaceConfiguration(
          BucketConfiguration.builder().addLimit(bandwidth(changed)).build(),
          TokensInheritanceStrategy.PROPORTIONALLY);
      doubt = doubt == 0 ? 0 : changed / DOUBT_SHARE;
      limit = changed;
      burst = burst(changed);
    }

    /**
     * @param kept what has to be left for others
     */
    long nanosUntil(long wanted, long kept) {
      // What is more than fits at once is owed afterwards, or it could never be called.
      long probe = Math.max(1, Math.min(wanted + kept, burst));
      return Math.max(
          bucket.estimateAbilityToConsume(probe).getNanosToWaitForRefill(),
          minute.nanosUntil(wanted + kept, limit - doubt, clock.instant()));
    }

    /** Not more than half of what may be used at once. */
    long kept() {
      return limit / KEPT_SHARE;
    }

    void take(long amount) {
      Instant now = clock.instant();
      bucket.consumeIgnoringRateLimits(amount);
      minute.add(now, amount, now);
    }

    /**
     * @param more than was taken at an instant; below 0 for less
     */
    void correct(Instant takenAt, long more) {
      minute.add(takenAt, more, clock.instant());
      if (more > 0) {
        bucket.consumeIgnoringRateLimits(more);
      } else if (more < 0) {
        bucket.addTokens(-more);
      }
    }
  }

  private static long burst(long limit) {
    return Math.max(1, limit / BURST_SHARE);
  }

  private static Bandwidth bandwidth(long limit) {
    return Bandwidth.builder().capacity(burst(limit)).refillGreedy(limit, MINUTE).build();
  }

  private final InstantSource clock;
  private final TimeMeter ticks;
  private final SmallShare smallShare;
  private Limits limits;

  /** Null where there is no limit. */
  private Meter requests;

  private Meter tokens;
  private double estimatedSum;
  private double usedSum;

  Quota(InstantSource clock) {
    this.clock = clock;
    this.ticks = new Ticks(clock);
    this.smallShare = new SmallShare(clock);
  }

  /** Keeps to these limits from now on; what was used under others still counts. */
  void limit(Limits changed) {
    if (!changed.equals(limits)) {
      requests = meter(requests, changed.requests(), changed.share(), false);
      tokens = meter(tokens, changed.tokens(), changed.share(), true);
      limits = changed;
      smallShare.set(requests == null ? 0 : requests.kept());
    }
  }

  SmallShare smallShare() {
    return smallShare;
  }

  private Meter meter(Meter known, Long perMinute, double share, boolean estimated) {
    if (perMinute == null) {
      return null;
    }
    long mine = Math.max(1, (long) (perMinute * share));
    if (known == null) {
      return new Meter(mine, estimated);
    }
    known.change(mine);
    return known;
  }

  /**
   * What a call will use, from what others of the same estimate did.
   *
   * @param estimatedTokens by the adapter
   */
  long expected(long estimatedTokens) {
    long estimated = Math.max(1, estimatedTokens);
    if (estimatedSum == 0) {
      return estimated;
    }
    double ratio = Math.max(LEAST_RATIO, Math.min(LARGEST_RATIO, usedSum / estimatedSum));
    return Math.max(1, Math.round(estimated * ratio));
  }

  /**
   * How long a call has to wait; zero where it may be made now. Takes nothing.
   *
   * @param urgent whether it may use what is kept free of backlogs
   */
  Duration untilReady(long expectedTokens, boolean urgent) {
    long forRequest = requests == null ? 0 : requests.nanosUntil(1, urgent ? 0 : requests.kept());
    long forTokens = tokens == null ? 0 : tokens.nanosUntil(expectedTokens, 0);
    return forRequest == 0 && forTokens == 0
        ? Duration.ZERO
        : Duration.ofNanos(Math.max(forRequest, forTokens));
  }

  void take(String tenant, long expectedTokens) {
    smallShare.count(tenant);
    if (requests != null) {
      requests.take(1);
    }
    if (tokens != null) {
      tokens.take(expectedTokens);
    }
  }

  /**
   * Replaces what was taken by what was used.
   *
   * @param estimatedTokens by the adapter
   * @param expectedTokens that were taken
   */
  void correct(Instant takenAt, long estimatedTokens, long expectedTokens, long usedTokens) {
    estimatedSum = estimatedSum * REMEMBER + Math.max(1, estimatedTokens);
    usedSum = usedSum * REMEMBER + usedTokens;
    settle(takenAt, expectedTokens, usedTokens);
  }

  /** The same for a call that failed, from which nothing is to be learned. */
  void settle(Instant takenAt, long expectedTokens, long usedTokens) {
    if (tokens != null) {
      tokens.correct(takenAt, usedTokens - expectedTokens);
    }
  }

  /** The call was not written. */
  void giveBack(Instant takenAt, long expectedTokens) {
    settle(takenAt, expectedTokens, 0);
    if (requests != null) {
      requests.correct(takenAt, -1);
    }
  }

  private record Ticks(InstantSource clock) implements TimeMeter {
    @Override
    public long currentTimeNanos() {
      Instant now = clock.instant();
      return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    @Override
    public boolean isWallClockBased() {
      return true;
    }
  }
}
