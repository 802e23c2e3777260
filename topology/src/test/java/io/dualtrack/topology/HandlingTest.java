package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.START;
import static io.dualtrack.policy.PolicyRecords.offering;
import static io.dualtrack.policy.PolicyRecords.policy;
import static io.dualtrack.policy.PolicyRecords.rule;
import static io.dualtrack.policy.PolicyRecords.tenant;
import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.failed;
import static io.dualtrack.topology.Records.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ModelContract;
import io.dualtrack.schemas.ObligationKind;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.RuleEffect;
import io.dualtrack.schemas.VolumeCounter;
import io.dualtrack.schemas.VolumeThreshold;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What decisions oblige to, in the topology: bodies, cache, counters, alerts. */
class HandlingTest {

  private static final String CARD = "4111111111111111";
  private static final String ANSWER =
      "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"hi\"}}]}";

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
  void aCardNumberIsInNoOrderAndTheDutyIsInTheDecision() {
    // Of one of the offerings that are permitted: the one body has to be fit for it too.
    topology.policy(
        policy(
            "2",
            rule("duty", RuleEffect.OBLIGE, "lane == 'API'")
                .setObligation(ObligationKind.REDACT_CARDS)
                .build()));

    topology.request(request("r1", chat("card " + CARD)));

    DispatchOrder order = topology.onlyOrder();
    assertThat(order.getBody()).contains("[card number removed]").doesNotContain(CARD);
    RoutingDecision decision = topology.decisions().get(0);
    assertThat(decision.getCandidates().get(0).getObligations())
        .extracting(duty -> duty.getKind())
        .containsExactly(ObligationKind.REDACT_CARDS);
    // Two cards, one key: the number is not in the key either.
    topology.request(request("r2", chat("card 5555555555554444")));
    assertThat(topology.orders()).isEmpty();
    topology.complete(answered(order, ANSWER));
    assertThat(topology.results())
        .extracting(InferenceResult::getSource)
        .containsExactlyInAnyOrder(AnswerSource.PROVIDER, AnswerSource.JOINED);
  }

  @Test
  void aDutyThatCameWhileACallWasOutIsCarriedOutWithTheNextOne() {
    topology.request(request("r1", chat("card " + CARD)));
    DispatchOrder first = topology.onlyOrder();
    assertThat(first.getBody()).contains(CARD);
    topology.policy(policy("2", oblige(ObligationKind.REDACT_CARDS)));

    topology.complete(failed(first, 429));

    DispatchOrder second = topology.onlyOrder();
    assertThat(second.getOffering()).isEqualTo("llama-home");
    assertThat(second.getBody()).doesNotContain(CARD);
    topology.complete(answered(second, ANSWER));
    // The key was made of another body, so the answer is nobody else's.
    assertThat(topology.rows("answers")).isZero();
  }

  @Test
  void whatMustNotBeStoredIsNeitherKeptNorShared() {
    topology.policy(policy("2", oblige(ObligationKind.NO_STORE)));

    topology.request(request("r1", chat("same", ",\"store\":true")));
    topology.request(request("r2", chat("same", ",\"store\":true")));

    List<DispatchOrder> orders = topology.orders();
    assertThat(orders).hasSize(2);
    assertThat(orders.get(0).getBody()).isEqualTo(chat("same"));
    topology.complete(answered(orders.get(0), ANSWER));
    assertThat(topology.rows("answers")).isZero();
  }

  @Test
  void anAnswerIsReplayedForAsLongAsTheShortestDutySaysAndNoLongerAfterAStricterOne() {
    topology.policy(
        policy(
            "2",
            oblige(ObligationKind.RETENTION, "first", 300),
            oblige(ObligationKind.RETENTION, "second", 60)));
    topology.request(request("r1", chat("same")));
    topology.complete(answered(topology.onlyOrder(), ANSWER));
    topology.advance(Duration.ofSeconds(59));
    topology.request(request("r2", chat("same")));
    assertThat(topology.orders()).isEmpty();
    topology.advance(Duration.ofSeconds(2));
    topology.request(request("r3", chat("same")));
    topology.complete(answered(topology.onlyOrder(), ANSWER));

    topology.policy(policy("3", oblige(ObligationKind.RETENTION, "strict", 10)));
    topology.advance(Duration.ofSeconds(11));
    topology.request(request("r4", chat("same")));
    assertThat(topology.orders()).hasSize(1);
  }

  @Test
  void theTenantsInstructionIsTheFirstMessageOnceAndForEveryAttempt() {
    topology.tenant(tenant("acme").setComplianceInstruction("Give no advice."));
    topology.policy(policy("2", oblige(ObligationKind.PREPEND_INSTRUCTION)));
    topology.request(request("r1", chat("hello")));
    DispatchOrder first = topology.onlyOrder();
    assertThat(first.getBody())
        .contains("\"messages\":[{\"role\":\"system\",\"content\":\"Give no advice.\"},");
    topology.policy(policy("3", oblige(ObligationKind.PREPEND_INSTRUCTION)));

    topology.complete(failed(first, 500));

    assertThat(topology.onlyOrder().getBody()).isEqualTo(first.getBody());
    assertThat(topology.decisions().toString()).doesNotContain("Give no advice");
  }

  @Test
  void aContractThatTightenedMeanwhileBindsTheNextAttempt() {
    topology.offering(offering("gpt-us", "gpt", Lane.API).setProcessingRegions(List.of("US")));
    topology.request(request("r1", chat("hello")));
    DispatchOrder first = topology.onlyOrder();
    topology.tenant(tenant("acme").setProcessingRegions(List.of("US")));

    topology.complete(failed(first, 429));

    assertThat(topology.onlyOrder().getOffering()).isEqualTo("gpt-us");
    RoutingDecision again = topology.decisions().get(1);
    assertThat(again.getPermitted()).containsExactly("gpt-us");
    assertThat(again.getAttributes().toString()).contains("contract_processing");
  }

  @Test
  void anAddressTellsItsCountryAndGoesNoFurther() {
    String address = "175.45.176.1";
    topology.policy(
        policy(
            "2",
            rule("embargo", RuleEffect.DENY, "ip_country == 'KP' && lane == 'API'")
                .setAlert(true)
                .build()));

    topology.request(request("r1", chat("hello")).setClientAddress(address));

    DispatchOrder order = topology.onlyOrder();
    assertThat(order.getOffering()).isEqualTo("llama-home");
    topology.complete(answered(order, ANSWER));
    List<RoutingDecision> decisions = topology.decisions();
    assertThat(decisions.get(0).getJurisdictions()).containsExactly("KP");
    assertThat(decisions.toString()).doesNotContain(address);
    assertThat(order.toString()).doesNotContain(address);
    assertThat(topology.results().toString()).doesNotContain(address);
    Exchange exchange = topology.exchanges().get(0);
    assertThat(exchange.toString()).doesNotContain(address);
    assertThat(exchange.getRelations().getCountry()).isEqualTo("KP");
    assertThat(exchange.getRelations().getNetwork()).hasSize(24);
    assertThat(topology.counted("dualtrack.topology.policy.alerts", "rule", "embargo"))
        .isEqualTo(1);
  }

  @Test
  void anOfferingThatNeedsToBeNamedIsUsedWhereTheContractNamesIt() {
    topology.offering(offering("a-named", "gpt", Lane.API).setByContract(true));
    topology.request(request("r1", chat("hello")));
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("gpt-api");

    topology.tenant(
        tenant("acme")
            .setModels(List.of(new ModelContract("gpt", List.of("llama"), List.of("a-named")))));
    topology.request(request("r2", chat("another")));
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("a-named");
  }

  @Test
  void aVolumeIsCountedByOrderAndClosesTheCounterpartyUntilItsDaysAreOver() {
    topology.policy(counting(4, 30));
    topology.request(persons("r1", 2));
    topology.request(persons("r2", 1));
    // Joined: the same call, the same persons.
    topology.request(persons("r2b", 1, "r2"));
    assertThat(topology.orders()).extracting(DispatchOrder::getOffering).containsOnly("gpt-api");
    topology.advance(Duration.ofDays(20));

    topology.request(persons("r3", 1));
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("gpt-api");
    topology.request(persons("r4", 1));
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("llama-home");
    assertThat(topology.decisions().toString()).contains("BULK");

    topology.advance(Duration.ofDays(11));
    topology.request(persons("r5", 1));
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("gpt-api");
  }

  private static PolicyBundle counting(long persons, int days) {
    PolicyBundle bundle =
        policy("2", rule("bulk", RuleEffect.DENY, "'us-bulk' in volumes_reached").build());
    bundle.setCounters(
        List.of(
            VolumeCounter.newBuilder()
                .setId("us-bulk")
                .setSource("28 CFR 202")
                .setCondition("'US' in jurisdictions && lane == 'API'")
                .setWindowDays(days)
                .setReachedAtPercent(100)
                .setThresholds(List.of(new VolumeThreshold("health", persons)))
                .build()));
    return bundle;
  }

  private static io.dualtrack.schemas.InferenceRequest.Builder persons(String id, int persons) {
    return persons(id, persons, id);
  }

  private static io.dualtrack.schemas.InferenceRequest.Builder persons(
      String id, int persons, String text) {
    return request(
            id,
            chat(
                text,
                ",\"metadata\":{\"dualtrack.regions\":\"US\",\"dualtrack.data_classes\":\"health\","
                    + "\"dualtrack.persons\":\""
                    + persons
                    + "\"}"))
        .setDeadline(START.plus(Duration.ofDays(365)));
  }

  @Test
  void aBrokenRuleEndsInARefusalAndStopsNothing() {
    topology.policy(
        policy(
            "2", rule("huge", RuleEffect.DENY, "'" + "x".repeat(1_000_000) + "' == ''").build()));
    topology.request(request("r1", chat("hello")));

    InferenceResult result = topology.onlyResult();
    assertThat(result.getOutcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.getErrorCode()).isEqualTo("POLICY_EVAL_ERROR");

    topology.policy(policy("3"));
    topology.request(request("r2", chat("hello")));
    assertThat(topology.orders()).hasSize(1);
  }

  private static Rule oblige(ObligationKind kind) {
    return rule("duty", RuleEffect.OBLIGE, "true").setObligation(kind).build();
  }

  private static Rule oblige(ObligationKind kind, String id, long seconds) {
    return rule(id, RuleEffect.OBLIGE, "true")
        .setObligation(kind)
        .setObligationSeconds(seconds)
        .build();
  }
}
