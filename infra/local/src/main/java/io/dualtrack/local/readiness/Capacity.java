package io.dualtrack.local.readiness;

import io.dualtrack.schemas.Offering;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * Whether an offering can bear more calls, minute by minute: what comes above its rate waits.
 *
 * @param perMinute calls that it can answer in a minute
 * @param limit what sets that rate, in words
 * @param peak most calls in one minute, with those that it has already
 * @param mostWaiting at the end of a minute
 * @param drainMinutes from the last call until nothing waits
 * @param waiting at the end of each minute since 1970
 */
public record Capacity(
    double perMinute,
    String limit,
    long peak,
    long mostWaiting,
    long drainMinutes,
    Map<Long, Long> waiting) {

  private static final double MILLIS_PER_MINUTE = 60_000;

  private record Rate(double perMinute, String limit) {}

  /**
   * @param meanMillis of one call there, as measured; empty where none was
   * @return empty where neither a quota nor a measurement tells its rate
   */
  public static Optional<Capacity> of(
      Offering offering, Traffic traffic, Optional<Double> meanMillis) {
    Optional<Rate> rate = rate(offering, traffic, meanMillis);
    return rate.map(
        known -> {
          Map<Long, Long> arrivals = new TreeMap<>(traffic.minutes());
          traffic
              .minutesOfTo()
              .forEach((minute, count) -> arrivals.merge(minute, count, Long::sum));
          return queue(known, arrivals);
        });
  }

  private static Optional<Rate> rate(
      Offering offering, Traffic traffic, Optional<Double> meanMillis) {
    Rate least = null;
    if (meanMillis.isPresent()) {
      least =
          least(
              least,
              offering.getMaxConcurrency() * MILLIS_PER_MINUTE / meanMillis.get(),
              "%d calls at a time of %.0f ms each, as measured"
                  .formatted(offering.getMaxConcurrency(), meanMillis.get()));
    }
    if (offering.getRequestsPerMinute() != null) {
      least = least(least, offering.getRequestsPerMinute(), "its quota of requests per minute");
    }
    long tokens = traffic.meanInput() + traffic.meanOutput();
    if (offering.getTokensPerMinute() != null && tokens > 0) {
      least =
          least(
              least,
              (double) offering.getTokensPerMinute() / tokens,
              "its quota of tokens per minute");
    }
    return Optional.ofNullable(least);
  }

  private static Rate least(Rate known, double perMinute, String limit) {
    return known != null && known.perMinute() <= perMinute ? known : new Rate(perMinute, limit);
  }

  private static Capacity queue(Rate rate, Map<Long, Long> arrivals) {
    Map<Long, Long> waiting = new TreeMap<>();
    double left = 0;
    if (!arrivals.isEmpty()) {
      long first = arrivals.keySet().iterator().next();
      long last = arrivals.keySet().stream().mapToLong(Long::longValue).max().orElse(first);
      for (long minute : LongStream.rangeClosed(first, last).toArray()) {
        left = Math.max(0, left + arrivals.getOrDefault(minute, 0L) - rate.perMinute());
        waiting.put(minute, (long) Math.ceil(left));
      }
    }
    return new Capacity(
        rate.perMinute(),
        rate.limit(),
        arrivals.values().stream().mapToLong(Long::longValue).max().orElse(0),
        waiting.values().stream().mapToLong(Long::longValue).max().orElse(0),
        (long) Math.ceil(left / rate.perMinute()),
        waiting);
  }

  public boolean carries() {
    return mostWaiting == 0;
  }
}
