package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.START;
import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.completion;
import static io.dualtrack.topology.Records.money;
import static io.dualtrack.topology.Records.request;
import static io.dualtrack.topology.Records.suspension;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Drill;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kill switch, rehearsed on live requests. */
class DrillTest {

  private static final String ANSWER = "{\"choices\":[]}";
  private static final Duration MINUTE = Duration.ofMinutes(1);

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

  @ParameterizedTest
  @EnumSource(
      value = SuspensionScope.class,
      names = {"OFFERING", "MODEL", "PROVIDER"})
  void whileADrillRunsRequestsGoElsewhereAndTheDecisionSaysForWhichDrill(SuspensionScope scope) {
    topology.suspend(drill(scope, "100", START.plus(MINUTE), 1));

    topology.request(request("r1", chat("a")));

    assertThat(topology.onlyOrder().getOffering()).isEqualTo("llama-home");
    RoutingDecision decision = topology.decisions().get(0);
    assertThat(decision.getDrills()).containsExactly("d1");
    assertThat(candidate(decision, "gpt-api").getReasons())
        .extracting(Reason::getRule, Reason::getCode)
        .containsExactly(tuple("drill:d1", "DRILL"));
  }

  @Test
  void whatNothingElseMayAnswerIsRefusedInTheNameOfTheDrill() {
    topology.suspend(suspension(SuspensionScope.OFFERING, "llama-home", ExportState.SUSPENDED, 1));
    topology.suspend(drill(SuspensionScope.MODEL, "100", START.plus(MINUTE), 2));

    topology.request(request("r1", chat("a")));

    InferenceResult result = topology.onlyResult();
    assertThat(result.getOutcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.getErrorCode()).isEqualTo("DRILL");
    assertThat(result.getReasons())
        .extracting(Reason::getRule)
        .contains("drill:d1", "suspension:OFFERING:llama-home");
    assertThat(topology.decisions().get(0).getDrills()).containsExactly("d1");
  }

  @Test
  void aDrillEndsByItselfWithoutAnyFurtherRecord() {
    topology.suspend(drill(SuspensionScope.MODEL, "100", START.plus(MINUTE), 1));
    topology.request(request("r1", chat("a")));
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("llama-home");
    topology.decisions();

    topology.advance(MINUTE);
    topology.request(request("r2", chat("b")));

    assertThat(topology.onlyOrder().getOffering()).isEqualTo("gpt-api");
    assertThat(topology.decisions().get(0).getDrills()).isEmpty();
  }

  @Test
  void theEndOfADrillLiftsNoSuspensionThatWasGivenMeanwhile() {
    topology.suspend(drill(SuspensionScope.MODEL, "100", START.plus(MINUTE), 1));
    topology.suspend(suspension(SuspensionScope.MODEL, "gpt", ExportState.SUSPENDED, 2));

    topology.request(request("r1", chat("a")));
    topology.advance(MINUTE);
    topology.request(request("r2", chat("b")));
    topology.suspend(drill(SuspensionScope.MODEL, "100", START, 3));
    topology.request(request("r3", chat("c")));

    assertThat(topology.orders())
        .extracting(DispatchOrder::getOffering)
        .containsOnly("llama-home")
        .hasSize(3);
    assertThat(topology.decisions())
        .allSatisfy(
            decision ->
                assertThat(candidate(decision, "gpt-api").getReasons().get(0).getCode())
                    .isEqualTo("SUSPENDED"));
  }

  @Test
  void aDrillOpensNothingThatIsNotOpenWithoutIt() {
    topology.suspend(suspension(SuspensionScope.PROVIDER, "openai", ExportState.SUSPENDED, 1));
    topology.suspend(drill(SuspensionScope.MODEL, "100", START.plus(MINUTE), 2));
    topology.suspend(drill(SuspensionScope.MODEL, "100", START, 3));

    topology.request(request("r1", chat("a")));

    assertThat(topology.orders()).extracting(DispatchOrder::getOffering).doesNotContain("gpt-api");
  }

  @Test
  void ofAShareOnlyTheDrawnRequestsAreKeptAway() {
    Suspension tenth = drill(SuspensionScope.MODEL, "50", START.plus(MINUTE), 1);
    LiveDrill drill = LiveDrill.of(tenth).orElseThrow();
    topology.suspend(tenth);

    for (int i = 0; i < 20; i++) {
      topology.request(request("r" + i, chat("text " + i)));
    }

    List<DispatchOrder> orders = topology.orders();
    assertThat(orders)
        .hasSize(20)
        .allSatisfy(
            order ->
                assertThat(order.getOffering())
                    .isEqualTo(drill.draws(order.getRequestId()) ? "llama-home" : "gpt-api"));
    assertThat(orders).extracting(DispatchOrder::getOffering).contains("llama-home", "gpt-api");
  }

  @Test
  void aCachedAnswerOfTheOfferingIsNotServedInADrillAndServedAgainBehindIt() {
    topology.request(request("r1", chat("same")));
    topology.complete(answered(topology.onlyOrder(), ANSWER));
    topology.results();

    topology.suspend(drill(SuspensionScope.MODEL, "100", START.plus(MINUTE), 1));
    topology.request(request("r2", chat("same")));
    assertThat(topology.results()).isEmpty();
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("llama-home");

    topology.advance(MINUTE);
    topology.request(request("r3", chat("same")));
    assertThat(topology.onlyResult().getSource()).isEqualTo(AnswerSource.CACHE);
  }

  @Test
  void anOrderThatADrillStoppedIsDecidedAgainAndGoesBackOnceTheDrillIsOver() {
    topology.request(request("r1", chat("a")));
    DispatchOrder stopped = topology.onlyOrder();
    topology.suspend(drill(SuspensionScope.MODEL, "100", START.plus(MINUTE), 1));

    topology.complete(
        completion(stopped, CompletionStatus.SUSPENDED).setSuspensionEpoch(1).build());
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("llama-home");

    topology.request(request("r2", chat("b")));
    DispatchOrder other = topology.onlyOrder();
    topology.advance(MINUTE);
    topology.complete(completion(other, CompletionStatus.SUSPENDED).setSuspensionEpoch(1).build());
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("gpt-api");
  }

  private static Suspension drill(
      SuspensionScope scope, String percent, Instant expiresAt, long epoch) {
    String subject =
        switch (scope) {
          case OFFERING -> "gpt-api";
          case MODEL -> "gpt";
          case PROVIDER -> "openai";
          case TENANT, DRILL -> throw new IllegalArgumentException("nothing to drill");
        };
    return Suspension.newBuilder()
        .setScope(SuspensionScope.DRILL)
        .setId(scope + ":" + subject)
        .setSuspended(false)
        .setState(ExportState.OPEN)
        .setReason("quarterly")
        .setActor("ann")
        .setAt(START)
        .setEpoch(epoch)
        .setDrill(new Drill("d1", scope, subject, money(percent), expiresAt))
        .build();
  }

  private static Candidate candidate(RoutingDecision decision, String offering) {
    return decision.getCandidates().stream()
        .filter(each -> each.getOffering().equals(offering))
        .findFirst()
        .orElseThrow();
  }
}
