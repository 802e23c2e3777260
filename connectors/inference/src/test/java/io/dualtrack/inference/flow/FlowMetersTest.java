package io.dualtrack.inference.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.Lane;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class FlowMetersTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void commandsThatAreOlderThanTheProcessAreNoDelayOfIts() {
    FlowMeters meters = new FlowMeters(registry, Lane.API);

    meters.inForce(3, Instant.EPOCH);

    assertThat(delays()).isZero();
    assertThat(registry.get("dualtrack.dispatcher.suspension.epoch").gauge().value()).isEqualTo(3);
  }

  @Test
  void aCommandIsTimedOnceHoweverOftenControlRecordsChange() {
    FlowMeters meters = new FlowMeters(registry, Lane.API);
    Instant given = Instant.now().plusMillis(1);
    while (!Instant.now().isAfter(given)) {
      Thread.onSpinWait();
    }

    meters.inForce(3, Instant.EPOCH);
    meters.inForce(4, given);
    meters.inForce(4, given);

    assertThat(delays()).isEqualTo(1);
  }

  private long delays() {
    return registry.get("dualtrack.dispatcher.suspension.delay").timer().count();
  }
}
