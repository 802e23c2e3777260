package io.dualtrack.inference.flow;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/**
 * Leaves an endpoint alone for a while after most calls to it failed, then tries a few.
 *
 * <p>Answers with 429 do not count: they say that the endpoint works, and {@link Pace} heeds them.
 */
final class Breaker {

  private static final int WINDOW_CALLS = 50;
  private static final int FEWEST_CALLS = 10;
  private static final float FAILURE_PERCENT = 50;
  private static final int PROBES = 3;
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);

  private final InstantSource clock;
  private final CircuitBreaker breaker;
  private Instant opensAgainAt = Instant.MIN;
  private Instant failingSince = Instant.MAX;
  private int probes;

  Breaker(String name, InstantSource clock, DoubleSupplier jitter) {
    this.clock = clock;
    this.breaker =
        CircuitBreaker.of(
            name,
            CircuitBreakerConfig.custom()
                .slidingWindowType(SlidingWindowType.COUNT_BASED)
                .slidingWindowSize(WINDOW_CALLS)
                .minimumNumberOfCalls(FEWEST_CALLS)
                .failureRateThreshold(FAILURE_PERCENT)
                .permittedNumberOfCallsInHalfOpenState(PROBES)
                .waitIntervalFunctionInOpenState(
                    times -> {
                      Duration pause = Pace.backOff(FIRST_PAUSE, times, jitter.getAsDouble());
                      // The library wants the pause to be over, not just at its end.
                      opensAgainAt = clock.instant().plus(pause).plusMillis(1);
                      return pause.toMillis();
                    })
                .clock(clock instanceof Clock known ? known : new SourceClock(clock))
                .currentTimestampFunction(
                    ticking -> TimeUnit.MILLISECONDS.toNanos(ticking.millis()),
                    TimeUnit.NANOSECONDS)
                .build());
  }

  /** Whether a call may be made now; until then, {@link #closedUntil} says when. */
  boolean mayCall() {
    return switch (breaker.getState()) {
      case OPEN -> !clock.instant().isBefore(opensAgainAt);
      case HALF_OPEN -> probes < PROBES;
      default -> true;
    };
  }

  /** When the next call may be tried; in the past where one may be now. */
  Instant closedUntil() {
    return breaker.getState() == State.OPEN ? opensAgainAt : Instant.MIN;
  }

  /** Since when calls fail; {@link Instant#MAX} where they do not. */
  Instant failingSince() {
    return failingSince;
  }

  /**
   * A call starts.
   *
   * @return whether it is one of the few that try the endpoint again
   */
  boolean started() {
    breaker.tryAcquirePermission();
    boolean probe = breaker.getState() == State.HALF_OPEN;
    if (probe) {
      probes++;
    }
    return probe;
  }

  void succeeded(boolean probe, Duration took) {
    breaker.onSuccess(took.toNanos(), TimeUnit.NANOSECONDS);
    ended(probe);
  }

  void failed(boolean probe, Duration took) {
    breaker.onError(took.toNanos(), TimeUnit.NANOSECONDS, FAILURE);
    ended(probe);
  }

  /** The call says nothing of the endpoint's health. */
  void ignored(boolean probe) {
    breaker.releasePermission();
    ended(probe);
  }

  private void ended(boolean probe) {
    if (probe) {
      probes--;
    }
    State state = breaker.getState();
    if (state == State.CLOSED) {
      failingSince = Instant.MAX;
    } else if (failingSince == Instant.MAX) {
      failingSince = clock.instant();
    }
  }

  /** The library wants a cause, and the calls' own ones are values. */
  private static final Exception FAILURE = new Exception("the call failed", null, false, false) {};

  private static final class SourceClock extends Clock {
    private final InstantSource source;

    SourceClock(InstantSource source) {
      this.source = source;
    }

    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(java.time.ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return source.instant();
    }
  }
}
