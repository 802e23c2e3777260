package io.dualtrack.inference.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.inference.Samples;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.SealedText;
import java.nio.ByteBuffer;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class UnreadableOrderTest {

  private final Simulation simulation = new Simulation();

  @Test
  void anOrderWhoseTextCannotBeReadIsNotCalledAndNoOtherOfferingIsTried() {
    simulation.publish(Samples.offering("a", "http://a/v1"));
    CallFlow flow = simulation.flow(Lane.API, Set.of());
    DispatchOrder order = Samples.order("1", "a");
    order.setDeadline(simulation.thread.now().plusSeconds(600));
    order.setBody("");
    order.setSealed(new SealedText(ByteBuffer.allocate(0), ByteBuffer.allocate(0)));
    simulation.submitted.put("1", simulation.thread.now());

    flow.submit(
        new Work(order, new TopicPartition("orders", 0), 0, false, simulation.thread.now()));
    simulation.thread.settle();

    assertThat(simulation.statuses)
        .containsExactly(java.util.Map.entry("1", CompletionStatus.REJECTED));
    assertThat(simulation.completions.get("1").getErrorCode()).isEqualTo("text_unreadable");
    assertThat(simulation.arrivals).isEmpty();
  }
}
