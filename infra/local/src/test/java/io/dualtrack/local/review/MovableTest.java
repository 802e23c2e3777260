package io.dualtrack.local.review;

import static io.dualtrack.review.ReviewRecords.JANUARY;
import static io.dualtrack.review.ReviewRecords.decision;
import static io.dualtrack.review.ReviewRecords.offering;
import static io.dualtrack.review.ReviewRecords.policy;
import static io.dualtrack.review.ReviewRecords.rule;
import static io.dualtrack.review.ReviewRecords.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.dualtrack.local.readiness.Movable;
import io.dualtrack.review.ControlHistory;
import io.dualtrack.schemas.ControlChange;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.RoutingDecision;
import java.time.Instant;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MovableTest {

  private static final Instant NOW = Instant.parse("2026-06-20T12:00:00Z");

  private final ControlHistory history = new ControlHistory();

  @BeforeEach
  void theRecordsOfNow() {
    change("tenants/acme", tenant());
    change("offerings/sol", offering("sol", "gpt", Lane.API));
    change("offerings/llama", offering("llama", "llama", Lane.LOCAL));
    change("offerings/glm", offering("glm", "glm", Lane.LOCAL));
  }

  @Test
  void whatTheOtherMayAnswerTooMayMove() {
    Movable movable = movable(policy("1"), "llama");

    assertThat(movable.decided()).isEqualTo(3);
    assertThat(movable.requests()).isEqualTo(2);
    assertThat(movable.movable()).isEqualTo(2);
    assertThat(movable.tenants().get("acme").reasons()).isEmpty();
  }

  @Test
  void whatARuleDeniesMayNotAndTheRuleIsNamed() {
    Movable movable = movable(policy("1", rule("no-llama", "offering_model == 'llama'")), "llama");

    assertThat(movable.movable()).isZero();
    assertThat(movable.tenants().get("acme").reasons()).containsExactly(entry("NO_LLAMA", 2L));
  }

  @Test
  void whatTheContractDoesNotNameMayNot() {
    Movable movable = movable(policy("1"), "glm");

    assertThat(movable.movable()).isZero();
    assertThat(movable.tenants().get("acme").reasons())
        .containsExactly(entry(Movable.NOT_IN_CONTRACT, 2L));
  }

  private Movable movable(PolicyBundle rules, String to) {
    return Movable.of(history, rules, List.of(to("sol"), to("sol"), to("llama")), "sol", to, NOW);
  }

  private static RoutingDecision to(String offering) {
    RoutingDecision decision = decision(NOW.minusSeconds(60), 0);
    decision.setPermitted(List.of(offering));
    return decision;
  }

  private void change(String key, SpecificRecord record) {
    history.add(
        key, ControlChange.newBuilder().setAt(JANUARY).setActor("ann").setRecord(record).build());
  }
}
