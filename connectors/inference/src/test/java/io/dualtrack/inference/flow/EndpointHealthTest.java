package io.dualtrack.inference.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ServiceClass;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** How many calls an endpoint gets that is slow, or fails. */
class EndpointHealthTest {

  private final Simulation simulation = new Simulation();
  private final CallFlow flow = simulation.flow(Lane.API, Set.of());

  private void batch(String name, int orders) {
    for (int i = 0; i < orders; i++) {
      simulation.submit(flow, name + i, "a", "acme", ServiceClass.BATCH, 100, 100);
    }
  }

  private void failing(Duration forHowLong) {
    Instant until = simulation.thread.now().plus(forHowLong);
    simulation.publish(simulation.offering("a").setMaxConcurrency(10).build());
    simulation.provider =
        call ->
            new Simulation.Answer(
                Duration.ofMillis(100), simulation.thread.now().isBefore(until) ? 503 : 200);
  }

  @Test
  void anEndpointThatFailsIsLeftAloneAndTriedAgain() {
    failing(Duration.ofSeconds(20));
    batch("o", 200);
    simulation.thread.advance(Duration.ofSeconds(19));
    assertThat(simulation.arrivals).as("of 200 orders times 3 calls").hasSizeLessThan(50);
    simulation.thread.advance(Duration.ofSeconds(60));
    assertThat(simulation.statuses).hasSize(200);
    assertThat(simulation.statuses.values())
        .filteredOn(status -> status == CompletionStatus.ANSWERED)
        .as("batch orders waited for it")
        .hasSizeGreaterThan(180);
  }

  @Test
  void interactiveOrdersOfAnEndpointThatFailsAreGivenBackAtOnce() {
    failing(Duration.ofMinutes(10));
    batch("o", 20);
    simulation.thread.advance(Duration.ofMillis(500));
    simulation.submit(flow, "call", "a", "acme", ServiceClass.INTERACTIVE, 100, 100);
    simulation.thread.settle();
    assertThat(simulation.completions.get("call").getErrorCode()).isEqualTo("circuit_open");
    assertThat(simulation.completions.get("call").getStatus())
        .isEqualTo(CompletionStatus.RETRYABLE);
    assertThat(simulation.completions.get("call").getCalls()).isZero();
  }

  @Test
  void batchOrdersOfAnEndpointThatFailsForLongAreGivenBackToo() {
    failing(Duration.ofMinutes(10));
    batch("o", 50);
    simulation.thread.advance(Duration.ofSeconds(50));
    assertThat(simulation.statuses).hasSizeLessThan(50);
    simulation.thread.advance(Duration.ofSeconds(40));
    assertThat(simulation.statuses).hasSize(50);
    assertThat(simulation.statuses.values()).containsOnly(CompletionStatus.RETRYABLE);
  }

  /** A server that works on some calls at once and lets the others wait. */
  private void serving(AtomicReference<Integer> atOnce) {
    AtomicReference<Instant[]> free = new AtomicReference<>(new Instant[0]);
    simulation.provider =
        call -> {
          if (free.get().length != atOnce.get()) {
            Instant[] all = new Instant[atOnce.get()];
            java.util.Arrays.fill(all, simulation.thread.now());
            free.set(all);
          }
          Instant[] slots = free.get();
          int first = 0;
          for (int i = 1; i < slots.length; i++) {
            first = slots[i].isBefore(slots[first]) ? i : first;
          }
          Instant start =
              slots[first].isBefore(simulation.thread.now())
                  ? simulation.thread.now()
                  : slots[first];
          slots[first] = start.plusSeconds(1);
          return new Simulation.Answer(
              Duration.between(simulation.thread.now(), slots[first]), 200);
        };
  }

  @Test
  void callsThatWouldOnlyWaitAtTheEndpointAreNotMadeAndItsRateIsKept() {
    AtomicReference<Integer> atOnce = new AtomicReference<>(20);
    serving(atOnce);
    simulation.publish(simulation.offering("a").setMaxConcurrency(400).build());
    batch("few", 15);
    simulation.thread.advance(Duration.ofSeconds(10));
    batch("many", 30_000);
    simulation.thread.advance(Duration.ofSeconds(300));
    assertThat(simulation.inFlight).isBetween(20, 80);
    int before = simulation.waited.size();
    simulation.thread.advance(Duration.ofSeconds(100));
    assertThat(simulation.waited.size() - before).isGreaterThanOrEqualTo(20 * 100 * 95 / 100);

    atOnce.set(200);
    simulation.thread.advance(Duration.ofSeconds(60));
    assertThat(simulation.inFlight).as("grows with the endpoint").isGreaterThanOrEqualTo(190);
  }

  @Test
  void answersOfVeryDifferentLengthDoNotShrinkTheLimit() {
    java.util.Random random = new java.util.Random(3);
    simulation.provider =
        call -> new Simulation.Answer(Duration.ofMillis(1_000 + random.nextInt(59_000)), 200);
    simulation.publish(simulation.offering("a").setMaxConcurrency(1_000).build());
    batch("o", 30_000);
    simulation.thread.advance(Duration.ofSeconds(120));
    int before = simulation.waited.size();
    simulation.thread.advance(Duration.ofSeconds(600));
    double ideal = 600 * 1_000 / 30.5;
    assertThat(simulation.waited.size() - before).isGreaterThanOrEqualTo((int) (ideal * 0.95));
  }
}
