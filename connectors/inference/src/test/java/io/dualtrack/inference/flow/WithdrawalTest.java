package io.dualtrack.inference.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.inference.Samples;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ServiceClass;
import java.time.Duration;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Orders that are called back, on simulated time. */
class WithdrawalTest {

  private static final Duration LONG = Duration.ofMinutes(5);

  private final Simulation simulation = new Simulation();
  private final CallFlow flow;

  WithdrawalTest() {
    simulation.publish(
        Offering.newBuilder(Samples.offering("a", "http://a/v1")).setMaxConcurrency(1).build());
    simulation.provider = call -> new Simulation.Answer(LONG, 200);
    flow = simulation.flow(Lane.API, Set.of());
  }

  private Work submit(String id) {
    DispatchOrder order = Samples.order(id, "a");
    order.setServiceClass(ServiceClass.INTERACTIVE);
    order.setBody("1 1");
    order.setDeadline(simulation.thread.now().plus(LONG.multipliedBy(2)));
    simulation.submitted.put(id, simulation.thread.now());
    Work work = new Work(order, new TopicPartition("orders", 0), 0, false, simulation.thread.now());
    flow.submit(work);
    simulation.thread.settle();
    return work;
  }

  @Test
  void anOrderThatWaitsIsNotCalled() {
    submit("out");
    Work waiting = submit("waiting");

    flow.withdraw(waiting);
    simulation.thread.settle();

    assertThat(simulation.statuses).containsOnlyKeys("waiting");
    assertThat(simulation.completions.get("waiting").getErrorCode()).isEqualTo("caller_left");
    assertThat(simulation.completions.get("waiting").getCalls()).isZero();
    assertThat(simulation.arrivals).extracting(Simulation.Arrival::order).containsExactly("out");
  }

  @Test
  void aCallThatIsOutIsBrokenOffAndMakesRoomForTheNextOne() {
    Work out = submit("out");
    submit("next");

    flow.withdraw(out);
    simulation.thread.settle();

    assertThat(simulation.statuses)
        .containsExactly(java.util.Map.entry("out", CompletionStatus.EXPIRED));
    assertThat(simulation.completions.get("out").getErrorCode()).isEqualTo("caller_left");
    assertThat(simulation.completions.get("out").getCalls()).isEqualTo(1);
    assertThat(simulation.arrivals)
        .extracting(Simulation.Arrival::order)
        .containsExactly("out", "next");
  }

  @Test
  void anOrderThatHasEndedStaysAsItIs() {
    simulation.provider = call -> new Simulation.Answer(Duration.ofSeconds(1), 200);
    Work ended = submit("1");
    simulation.thread.advance(Duration.ofSeconds(2));

    flow.withdraw(ended);
    simulation.thread.settle();

    assertThat(simulation.statuses)
        .containsExactly(java.util.Map.entry("1", CompletionStatus.ANSWERED));
  }
}
