package io.dualtrack.inference.flow;

import io.dualtrack.schemas.CompletionStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/**
 * What a flow tells of one offering. Meters are looked up once and kept: to look one up by its tags
 * costs more than all else that a call does here. Belongs to the flow's thread.
 */
final class OfferingMeters {

  private final MeterRegistry registry;
  private final Tags tags;
  private final FlowMeters flow;
  private final Map<String, Timer> calls = new HashMap<>();
  private final Map<CompletionStatus, Counter> completions = new EnumMap<>(CompletionStatus.class);
  private final Counter quotaWaits;
  private final Counter holds;
  private final Counter breaks;
  private final Counter usageProblems;

  OfferingMeters(MeterRegistry registry, Tags lane, String offering, FlowMeters flow) {
    this.registry = registry;
    this.tags = lane.and("offering", offering);
    this.flow = flow;
    this.quotaWaits = counter("quota.waits", "Orders that waited for a quota", "QUOTA");
    this.holds = counter("holds", "Pauses that a provider asked for", "HELD");
    this.breaks =
        counter("circuit.breaks", "Endpoints that were left alone because calls failed", "OPEN");
    this.usageProblems =
        counter("usage.problems", "Answers whose usage is missing or does not add up", "USAGE");
  }

  void inFlight(int change) {
    flow.inFlight(change);
  }

  void queued(int change) {
    flow.queued(change);
  }

  /** A call that was made, with how long it took, by what came back. */
  void called(String result, Duration took) {
    calls.computeIfAbsent(result, this::timer).record(took);
  }

  private Timer timer(String result) {
    return Timer.builder("dualtrack.dispatcher.calls")
        .description("Calls to providers, by offering and HTTP status or kind of failure")
        .tags(tags.and("result", result))
        .publishPercentileHistogram()
        .minimumExpectedValue(Duration.ofMillis(5))
        .maximumExpectedValue(Duration.ofMinutes(5))
        .register(registry);
  }

  void completed(CompletionStatus status) {
    completions
        .computeIfAbsent(status, each -> counter("completions", "Orders that ended", each.name()))
        .increment();
  }

  void quotaWait() {
    quotaWaits.increment();
  }

  void held() {
    holds.increment();
  }

  void broke() {
    breaks.increment();
  }

  void usageProblem() {
    usageProblems.increment();
  }

  private Counter counter(String name, String description, String status) {
    return Counter.builder("dualtrack.dispatcher." + name)
        .description(description)
        .tags(tags.and("status", status))
        .register(registry);
  }
}
