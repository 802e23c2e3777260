package io.dualtrack.gateway.access;

import io.dualtrack.gateway.error.ApiError;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** How many calls each tenant may make in a minute. */
final class RateLimits {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private record Allowance(long perMinute, Bucket bucket) {}

  private final ConcurrentMap<String, Allowance> allowances = new ConcurrentHashMap<>();
  private final TimeMeter time;

  RateLimits(TimeMeter time) {
    this.time = time;
  }

  /**
   * Takes one call out of a tenant's minute.
   *
   * @param perMinute the limit as it stands now; a change begins a new minute
   * @throws io.dualtrack.gateway.error.ApiException with 429 where none is left
   */
  void take(String tenant, long perMinute) {
    Allowance allowance =
        allowances.compute(
            tenant,
            (id, now) -> now != null && now.perMinute() == perMinute ? now : full(perMinute));
    ConsumptionProbe probe = allowance.bucket().tryConsumeAndReturnRemaining(1);
    if (!probe.isConsumed()) {
      throw ApiError.tooMany(
              "rate_limit_exceeded",
              "The limit of %,d calls per minute is reached.".formatted(perMinute),
              Duration.ofNanos(probe.getNanosToWaitForRefill()))
          .toException();
    }
  }

  private Allowance full(long perMinute) {
    long capacity = Math.max(1, perMinute);
    return new Allowance(
        perMinute,
        Bucket.builder()
            .withCustomTimePrecision(time)
            .addLimit(Bandwidth.builder().capacity(capacity).refillGreedy(capacity, MINUTE).build())
            .build());
  }
}
