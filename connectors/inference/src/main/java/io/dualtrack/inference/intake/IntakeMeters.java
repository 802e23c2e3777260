package io.dualtrack.inference.intake;

import io.dualtrack.schemas.Lane;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** What a lane's intake tells of itself. */
public final class IntakeMeters {

  private final AtomicInteger open = new AtomicInteger();
  private final Counter repeated;
  private final Counter skipped;
  private final Counter deferred;
  private final Counter poison;
  private final Counter written;
  private final Timer committed;
  private final Counter aborted;

  public IntakeMeters(MeterRegistry registry, Lane lane) {
    Gauge.builder("dualtrack.dispatcher.open", open, AtomicInteger::get)
        .description("Orders that were taken and whose completion is not written")
        .tag("lane", lane.name())
        .register(registry);
    this.repeated =
        counter(registry, lane, "repeated", "Orders that an earlier process may have sent already");
    this.skipped =
        counter(registry, lane, "skipped", "Orders that an earlier process completed already");
    this.deferred = counter(registry, lane, "deferred", "Orders that wait for a provider's batch");
    this.poison = counter(registry, lane, "poison", "Orders that cannot be read");
    this.written = counter(registry, lane, "written", "Completions and dead letters written");
    this.aborted = counter(registry, lane, "transactions.aborted", "Transactions that failed");
    this.committed =
        Timer.builder("dualtrack.dispatcher.transactions")
            .description("Transactions of completions and offsets")
            .tag("lane", lane.name())
            .register(registry);
  }

  private static Counter counter(
      MeterRegistry registry, Lane lane, String name, String description) {
    return Counter.builder("dualtrack.dispatcher." + name)
        .description(description)
        .tag("lane", lane.name())
        .register(registry);
  }

  void open(int orders) {
    open.set(orders);
  }

  void repeated() {
    repeated.increment();
  }

  void skipped() {
    skipped.increment();
  }

  void deferred() {
    deferred.increment();
  }

  void poison() {
    poison.increment();
  }

  void committed(int records, Duration took) {
    written.increment(records);
    committed.record(took);
  }

  void aborted() {
    aborted.increment();
  }
}
