package io.dualtrack.inference.flow;

import io.dualtrack.schemas.Offering;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.local.SynchronizationStrategy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Requests and tokens per minute of one offering, as far as they are this process's share.
 *
 * <p>A tenth of a quota may be used at once and the rest as the minute passes, so that no minute,
 * wherever it starts, holds more than the quota. One thread.
 */
final class Quota {

  private static final int BURST_SHARE = 10;
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /**
   * What a quota is made from; a change makes a new one.
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

  private record Meter(Bucket bucket, long capacity) {}

  private final Limits limits;
  private final Optional<Meter> requests;
  private final Optional<Meter> tokens;

  Quota(Limits limits, InstantSource clock) {
    this.limits = limits;
    this.requests = meter(limits.requests(), limits.share(), clock);
    this.tokens = meter(limits.tokens(), limits.share(), clock);
  }

  Limits limits() {
    return limits;
  }

  private static Optional<Meter> meter(Long perMinute, double share, InstantSource clock) {
    if (perMinute == null) {
      return Optional.empty();
    }
    long mine = Math.max(1, (long) (perMinute * share));
    long burst = Math.max(1, mine / BURST_SHARE);
    Bandwidth bandwidth =
        Bandwidth.builder().capacity(burst).refillGreedy(Math.max(1, mine - burst), MINUTE).build();
    Bucket bucket =
        Bucket.builder()
            .addLimit(bandwidth)
            .withCustomTimePrecision(new Ticks(clock))
            .withSynchronizationStrategy(SynchronizationStrategy.NONE)
            .build();
    return Optional.of(new Meter(bucket, burst));
  }

  /** How long a call has to wait; zero where it may be made now. Takes nothing. */
  Duration untilReady(long estimatedTokens) {
    long forRequest = requests.map(meter -> wait(meter, 1)).orElse(0L);
    long forTokens = tokens.map(meter -> wait(meter, estimatedTokens)).orElse(0L);
    return Duration.ofNanos(Math.max(forRequest, forTokens));
  }

  private static long wait(Meter meter, long wanted) {
    // What is more than fits at once is owed afterwards, or it could never be called.
    long probe = Math.max(1, Math.min(wanted, meter.capacity()));
    return meter.bucket().estimateAbilityToConsume(probe).getNanosToWaitForRefill();
  }

  void take(long estimatedTokens) {
    requests.ifPresent(meter -> meter.bucket().consumeIgnoringRateLimits(1));
    tokens.ifPresent(
        meter -> meter.bucket().consumeIgnoringRateLimits(Math.max(1, estimatedTokens)));
  }

  /** Replaces the estimate that was taken by what was used. */
  void correct(long estimatedTokens, long usedTokens) {
    long more = usedTokens - Math.max(1, estimatedTokens);
    tokens.ifPresent(
        meter -> {
          if (more > 0) {
            meter.bucket().consumeIgnoringRateLimits(more);
          } else if (more < 0) {
            meter.bucket().addTokens(-more);
          }
        });
  }

  private record Ticks(InstantSource clock) implements TimeMeter {
    @Override
    public long currentTimeNanos() {
      return ChronoUnit.NANOS.between(Instant.EPOCH, clock.instant());
    }

    @Override
    public boolean isWallClockBased() {
      return true;
    }
  }
}
