package io.dualtrack.inference.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ServiceClass;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** An offering with four endpoints, and prompts of which groups begin with the same text. */
class ReplicasTest {

  private static final int GROUPS = 8;

  private final Simulation simulation = new Simulation();
  private final CallFlow flow =
      simulation.flow(Lane.LOCAL, Set.of("vllm#1", "vllm#2", "vllm#3", "vllm#4", "other"));

  ReplicasTest() {
    simulation.publish(
        simulation
            .offering("a")
            .setLane(Lane.LOCAL)
            .setEndpoint("vllm")
            .setMaxConcurrency(16)
            .build());
  }

  private void submit(int group, int number, ServiceClass serviceClass) {
    simulation.submit(
        flow,
        "g" + group + "-" + number,
        "a",
        "acme",
        serviceClass,
        "100 100 {\"messages\":\"" + ("document " + group + " ").repeat(800) + number);
  }

  private Map<String, Map<String, Integer>> callsByGroupAndReplica() {
    Map<String, Map<String, Integer>> calls = new HashMap<>();
    simulation.arrivals.forEach(
        call ->
            calls
                .computeIfAbsent(
                    call.order().substring(0, call.order().indexOf('-')), g -> new HashMap<>())
                .merge(call.endpoint(), 1, Integer::sum));
    return calls;
  }

  @Test
  void batchOrdersThatBeginTheSameGoToOneReplicaAndAllReplicasWork() {
    for (int number = 0; number < 50; number++) {
      for (int group = 0; group < GROUPS; group++) {
        submit(group, number, ServiceClass.BATCH);
      }
    }
    simulation.thread.advance(Duration.ofSeconds(120));
    assertThat(simulation.statuses).hasSize(50 * GROUPS);
    assertThat(callsByGroupAndReplica().values())
        .as("split where a replica would have nothing to do")
        .allSatisfy(replicas -> assertThat(replicas).hasSizeLessThanOrEqualTo(3));
    Map<String, Integer> load = new HashMap<>();
    simulation.arrivals.forEach(call -> load.merge(call.endpoint(), 1, Integer::sum));
    assertThat(load).hasSize(4);
    assertThat(load.values()).allMatch(calls -> calls >= 80 && calls <= 120);
  }

  @Test
  void interactiveOrdersGoWhereTheirPromptsBeginningIs() {
    for (int number = 0; number < 10; number++) {
      for (int group = 0; group < GROUPS; group++) {
        submit(group, number, ServiceClass.INTERACTIVE);
        simulation.thread.advance(Duration.ofMillis(300));
      }
    }
    assertThat(callsByGroupAndReplica().values())
        .allSatisfy(replicas -> assertThat(replicas).hasSize(1));
  }

  @Test
  void aReplicaThatFailsIsLeftAloneAndTheOthersGoOn() {
    simulation.provider =
        call ->
            new Simulation.Answer(
                Duration.ofMillis(500), call.endpoint().equals("vllm#2") ? 503 : 200);
    for (int number = 0; number < 50; number++) {
      for (int group = 0; group < GROUPS; group++) {
        submit(group, number, ServiceClass.BATCH);
      }
    }
    simulation.thread.advance(Duration.ofSeconds(120));
    List<CompletionStatus> statuses = List.copyOf(simulation.statuses.values());
    assertThat(statuses).hasSize(50 * GROUPS);
    assertThat(statuses)
        .filteredOn(status -> status == CompletionStatus.ANSWERED)
        .hasSizeGreaterThan(50 * GROUPS * 95 / 100);
  }
}
