package io.dualtrack.inference.flow;

import io.dualtrack.inference.adapter.Reply;
import io.dualtrack.schemas.Lane;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What a lane's flow tells of itself. */
public final class FlowMeters {

  private final MeterRegistry registry;
  private final Tags lane;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicInteger queued = new AtomicInteger();
  private final AtomicLong epoch = new AtomicLong();
  private final Timer suspensions;

  /** Commands that are older were in force elsewhere before this process was there. */
  private final Instant started = Instant.now();

  public FlowMeters(MeterRegistry registry, Lane lane) {
    this.registry = registry;
    this.lane = Tags.of("lane", lane.name());
    Gauge.builder("dualtrack.dispatcher.in.flight", inFlight, AtomicInteger::get)
        .description("Calls to providers that are out")
        .tags(this.lane)
        .register(registry);
    Gauge.builder("dualtrack.dispatcher.queued", queued, AtomicInteger::get)
        .description("Orders that were taken and wait for their offering")
        .tags(this.lane)
        .register(registry);
    Gauge.builder("dualtrack.dispatcher.suspension.epoch", epoch, AtomicLong::get)
        .description("Newest command that every order here, queued or out, was held against")
        .tags(this.lane)
        .register(registry);
    this.suspensions =
        Timer.builder("dualtrack.dispatcher.suspension.delay")
            .description("From a command of the kill switch until every order here was held to it")
            .tags(this.lane)
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofMillis(10))
            .maximumExpectedValue(Duration.ofMinutes(1))
            .register(registry);
  }

  /**
   * @param ordered when the newest command was given
   */
  void inForce(long newest, Instant ordered) {
    if (newest > epoch.getAndSet(newest) && ordered.isAfter(started)) {
      suspensions.record(Duration.between(ordered, Instant.now()));
    }
  }

  void inFlight(int change) {
    inFlight.addAndGet(change);
  }

  void queued(int change) {
    queued.addAndGet(change);
  }

  /** Calls that are out now. */
  public int inFlight() {
    return inFlight.get();
  }

  OfferingMeters of(String offering) {
    return new OfferingMeters(registry, lane, offering, this);
  }

  /** What came back of a call: an HTTP status, or the kind of failure. */
  static String result(Reply reply) {
    if (reply instanceof Reply.Answered answered) {
      return Integer.toString(answered.statusCode());
    }
    if (reply instanceof Reply.Streamed streamed) {
      return Integer.toString(streamed.statusCode());
    }
    if (reply instanceof Reply.TooLarge) {
      return "too_large";
    }
    if (reply instanceof Reply.TimedOut) {
      return "timeout";
    }
    return reply instanceof Reply.NotPermitted ? "not_written" : "connection";
  }
}
