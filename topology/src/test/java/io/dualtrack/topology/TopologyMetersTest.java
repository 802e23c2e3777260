package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.policy;
import static io.dualtrack.topology.Records.suspension;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.policy.control.ControlState;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.SuspensionScope;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class TopologyMetersTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void withoutAPolicyNoneIsValid() {
    watch(List.of());

    assertThat(validity()).isZero();
  }

  @Test
  void aPolicyThatIsStaleIsNotValid() {
    PolicyBundle stale = policy("1");
    stale.setValidUntil(Instant.EPOCH);

    watch(List.of(stale));

    assertThat(validity()).isZero();
  }

  @Test
  void aPolicyInForceTellsForHowLong() {
    watch(List.of(policy("1")));

    assertThat(validity()).isPositive();
  }

  @Test
  void theNewestCommandThatDecisionsAreMadeUnderIsTold() {
    watch(List.of());

    assertThat(registry.get("dualtrack.topology.suspension.epoch").gauge().value()).isEqualTo(7);
  }

  private void watch(List<PolicyBundle> policies) {
    new TopologyMeters(registry)
        .watch(
            ControlState.holding(
                List.of(),
                List.of(),
                policies,
                List.of(suspension(SuspensionScope.PROVIDER, "openai", true, 7)),
                List.of()));
  }

  private double validity() {
    return registry.get("dualtrack.topology.policy.validity").gauge().value();
  }
}
