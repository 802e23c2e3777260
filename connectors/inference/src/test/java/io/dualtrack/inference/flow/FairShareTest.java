package io.dualtrack.inference.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ServiceClass;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a tenant notices of another one's backlog. */
class FairShareTest {

  private static final int BACKLOG = 100_000;
  private static final int LINES = 10;

  private final Simulation simulation = new Simulation();
  private final CallFlow flow = simulation.flow(Lane.API, Set.of());
  private final Random random = new Random(11);

  FairShareTest() {
    simulation.publish(simulation.offering("a").setMaxConcurrency(100).build());
    simulation.provider =
        call -> new Simulation.Answer(Duration.ofMillis(500 + random.nextInt(1_000)), 200);
  }

  /** Waiting time of the last of ten lines, and of an interactive call. */
  private Duration[] visit(String name) {
    for (int i = 0; i < LINES; i++) {
      simulation.submit(flow, name + i, "a", "globex", ServiceClass.BATCH, 100, 100);
    }
    simulation.submit(flow, name + "call", "a", "globex", ServiceClass.INTERACTIVE, 100, 100);
    simulation.thread.advance(Duration.ofSeconds(30));
    Duration lines = Duration.ZERO;
    for (int i = 0; i < LINES; i++) {
      Duration waited = simulation.waited.get(name + i);
      lines = waited.compareTo(lines) > 0 ? waited : lines;
    }
    return new Duration[] {lines, simulation.waited.get(name + "call")};
  }

  @Test
  void tenLinesAndACallBesideAHundredThousandLinesWaitAtMostTwiceAsLongAsAlone() {
    Duration[] alone = visit("alone");
    for (int i = 0; i < BACKLOG; i++) {
      simulation.submit(flow, "acme" + i, "a", "acme", ServiceClass.BATCH, 100, 100);
    }
    simulation.thread.advance(Duration.ofSeconds(60));
    Duration[] beside = visit("beside");
    assertThat(beside[0]).isLessThanOrEqualTo(alone[0].multipliedBy(2));
    assertThat(beside[1]).isLessThanOrEqualTo(alone[1].multipliedBy(2));
    assertThat(simulation.waited).as("and the backlog goes on").hasSizeGreaterThan(7_000);
  }

  @Test
  void twoBacklogsShareTheCallsInFlightThoughOneTakesTenTimesAsLong() {
    simulation.provider =
        call ->
            new Simulation.Answer(
                Duration.ofSeconds(call.order().startsWith("slow") ? 10 : 1), 200);
    for (int i = 0; i < 3_000; i++) {
      simulation.submit(flow, "slow" + i, "a", "slow", ServiceClass.BATCH, 100, 100);
      simulation.submit(flow, "fast" + i, "a", "fast", ServiceClass.BATCH, 100, 100);
    }
    simulation.thread.advance(Duration.ofSeconds(60));
    long fast = simulation.waited.keySet().stream().filter(id -> id.startsWith("fast")).count();
    assertThat(fast).isBetween(2_700L, 3_000L);
  }

  @Test
  void anInteractiveCallFindsAPlaceWhileAllOthersAreTakenForAMinute() {
    simulation.provider =
        call ->
            new Simulation.Answer(
                Duration.ofSeconds(call.order().startsWith("acme") ? 60 : 1), 200);
    for (int i = 0; i < 500; i++) {
      simulation.submit(flow, "acme" + i, "a", "acme", ServiceClass.BATCH, 100, 100);
    }
    simulation.thread.advance(Duration.ofSeconds(5));
    simulation.submit(flow, "call", "a", "acme", ServiceClass.INTERACTIVE, 100, 100);
    simulation.thread.advance(Duration.ofSeconds(2));
    assertThat(simulation.waited.get("call")).isEqualTo(Duration.ofSeconds(1));
  }
}
