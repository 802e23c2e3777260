package io.dualtrack.topology;

import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.request;
import static io.dualtrack.topology.Records.suspension;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SuspensionScope;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Callers that want to be answered by one offering and no other. */
class AskedOfferingTest {

  @TempDir Path folder;
  private TopologyHarness topology;

  @BeforeEach
  void start() {
    topology = new TopologyHarness(folder).withControl();
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  @Test
  void noOtherOfferingAnswers() {
    ask("llama-home");

    assertThat(topology.onlyOrder().getOffering()).isEqualTo("llama-home");
    List<RoutingDecision> decisions = topology.decisions();
    assertThat(decisions.get(0).getPermitted()).containsExactly("llama-home");
    assertThat(decisions.get(0).getCandidates().get(0).getReasons())
        .extracting(Reason::getCode)
        .containsExactly("OTHER_OFFERING");
  }

  @Test
  void whatIsNotPermittedIsNotPermittedByAskingForIt() {
    topology.suspend(suspension(SuspensionScope.OFFERING, "llama-home", ExportState.SUSPENDED, 1));

    ask("llama-home");

    InferenceResult refused = topology.onlyResult();
    assertThat(refused.getOutcome()).isEqualTo(Outcome.REFUSED);
    assertThat(refused.getReasons())
        .extracting(Reason::getCode)
        .contains("SUSPENDED", "OTHER_OFFERING");
  }

  @Test
  void anOfferingThatTheContractDoesNotNameAnswersNobody() {
    ask("somebody-elses");

    assertThat(topology.onlyResult().getOutcome()).isEqualTo(Outcome.REFUSED);
    assertThat(topology.orders()).isEmpty();
  }

  private void ask(String offering) {
    topology.request(
        request(
            "r1",
            chat("2+2", ",\"metadata\":{\"dualtrack.offering\":\"%s\"}".formatted(offering))));
  }
}
