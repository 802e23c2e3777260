package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.offering;
import static io.dualtrack.policy.PolicyRecords.policy;
import static io.dualtrack.policy.PolicyRecords.rule;
import static io.dualtrack.policy.PolicyRecords.tenant;
import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.completion;
import static io.dualtrack.topology.Records.failed;
import static io.dualtrack.topology.Records.money;
import static io.dualtrack.topology.Records.price;
import static io.dualtrack.topology.Records.request;
import static io.dualtrack.topology.Records.suspension;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.policy.PolicyRecords;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.RuleEffect;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.ShadowPair;
import io.dualtrack.schemas.ShadowSpend;
import io.dualtrack.schemas.Shadowing;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.Usage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.KeyValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that a second offering answers too. */
class ShadowTest {

  private static final String ANSWER = "{\"choices\":[{\"text\":\"4\"}]}";
  private static final String OTHER = "{\"choices\":[{\"text\":\"5\"}]}";

  @TempDir Path folder;
  private TopologyHarness topology;

  @BeforeEach
  void start() {
    topology =
        new TopologyHarness(folder)
            .withControl()
            .price(price("gpt-api", "0.001"))
            .price(price("llama-home", "0.0001"))
            .tenant(tenant("acme").setShadowings(List.of(everything().build())));
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  @Test
  void theCallerHasTheFirstAnswerBeforeTheCopyIsOrdered() {
    topology.request(request("r1", chat("2+2")).setServiceClass(ServiceClass.INTERACTIVE));
    DispatchOrder primary = topology.onlyOrder();

    topology.complete(answered(primary, ANSWER));

    InferenceResult result = topology.onlyResult();
    assertThat(result.getBody()).isEqualTo(ANSWER);
    assertThat(result.getOffering()).isEqualTo("gpt-api");
    DispatchOrder copy = topology.onlyOrder();
    assertThat(copy.getOffering()).isEqualTo("llama-home");
    assertThat(copy.getLane()).isEqualTo(Lane.LOCAL);
    assertThat(copy.getBody()).isEqualTo(primary.getBody());
    assertThat(copy.getServiceClass()).isEqualTo(ServiceClass.BATCH);
    assertThat(copy.getFlight()).isNotEqualTo(primary.getFlight());
    assertThat(copy.getOrderId()).isNotEqualTo(primary.getOrderId());
  }

  @Test
  void bothAnswersStandSideBySideAndTheCallerHearsNothingOfTheSecond() {
    DispatchOrder copy = copied("r1", "2+2");
    topology.exchanges();

    topology.complete(answered(copy, OTHER));

    assertThat(topology.results()).isEmpty();
    ShadowPair pair = onlyPair();
    assertThat(pair.getRequestId()).isEqualTo("r1");
    assertThat(pair.getShadowing()).isEqualTo("all");
    assertThat(pair.getModel()).isEqualTo("gpt");
    assertThat(pair.getBody()).isEqualTo(copy.getBody());
    assertThat(pair.getPrimary().getOffering()).isEqualTo("gpt-api");
    assertThat(pair.getPrimary().getBody()).isEqualTo(ANSWER);
    assertThat(pair.getShadow().getOffering()).isEqualTo("llama-home");
    assertThat(pair.getShadow().getBody()).isEqualTo(OTHER);
    assertThat(pair.getShadow().getStatus()).isEqualTo(CompletionStatus.ANSWERED);
    assertThat(topology.rows("flights")).isZero();
    assertThat(topology.rows("deadlines")).isZero();
  }

  @Test
  void aPairNamesTheTaskThatTheCallerNamedAndNoProviderHearsOfIt() {
    topology.request(request("r1", chat("2+2", ",\"metadata\":{\"dualtrack.task\":\"Maths\"}")));
    DispatchOrder primary = topology.onlyOrder();
    assertThat(primary.getBody()).doesNotContainIgnoringCase("maths");

    topology.complete(answered(primary, ANSWER));
    topology.complete(answered(topology.onlyOrder(), OTHER));

    assertThat(onlyPair().getTask()).isEqualTo("maths");
  }

  @Test
  void whatACopyUsedIsAnExchangeOfItsOwnThatIsMarked() {
    DispatchOrder copy = copied("r1", "2+2");
    assertThat(topology.exchanges()).extracting(Exchange::getShadow).containsExactly(false);

    topology.complete(answered(copy, OTHER));

    List<Exchange> paid = topology.exchanges();
    assertThat(paid).hasSize(1);
    assertThat(paid.get(0).getShadow()).isTrue();
    assertThat(paid.get(0).getExchangeId()).isEqualTo(copy.getOrderId());
    assertThat(paid.get(0).getOffering()).isEqualTo("llama-home");
    assertThat(paid.get(0).getSource()).isEqualTo(AnswerSource.PROVIDER);
    assertThat(paid.get(0).getUsage().getOutput()).isEqualTo(5);
  }

  @Test
  void theDecisionOnACopyIsOnTheTrailAndMarked() {
    topology.request(request("r1", chat("2+2")));
    topology.complete(answered(topology.onlyOrder(), ANSWER));

    List<RoutingDecision> decisions = topology.decisions();
    assertThat(decisions).extracting(RoutingDecision::getShadow).containsExactly(false, true);
    assertThat(decisions.get(1).getPermitted()).containsExactly("llama-home");
    assertThat(decisions.get(1).getAttempt()).isEqualTo(2);
    assertThat(decisions.get(1).getRequestId()).isEqualTo("r1");
  }

  @Test
  void aCopyThatFailsIsNeverTriedAgainAndFailsNobody() {
    DispatchOrder copy = copied("r1", "2+2");

    topology.complete(failed(copy, 503));

    assertThat(topology.orders()).isEmpty();
    assertThat(topology.results()).isEmpty();
    ShadowPair pair = onlyPair();
    assertThat(pair.getShadow().getStatus()).isEqualTo(CompletionStatus.RETRYABLE);
    assertThat(pair.getShadow().getErrorCode()).isEqualTo("rate_limited");
    assertThat(pair.getShadow().getBody()).isNull();
    assertThat(topology.counted("dualtrack.topology.shadows", "what", "failed")).isEqualTo(1);
  }

  @Test
  void aRequestThatFollowsIsAnsweredFromTheCacheWithTheFirstAnswerAndHasNoCopy() {
    DispatchOrder copy = copied("r1", "2+2");
    topology.complete(answered(copy, OTHER));

    topology.request(request("r2", chat("2+2")));

    assertThat(topology.onlyResult().getBody()).isEqualTo(ANSWER);
    assertThat(topology.orders()).isEmpty();
  }

  @Test
  void aRequestIsNotHeldUpByACopyOfItThatHangs() {
    copied("r1", "2+2");

    topology.request(request("r2", chat("2+2")));
    topology.request(request("r3", chat("3+3")));

    assertThat(topology.onlyResult().getSource()).isEqualTo(AnswerSource.CACHE);
    assertThat(topology.onlyOrder().getRequestId()).isEqualTo("r3");
  }

  @Test
  void whereThePolicyForbidsTheOtherOfferingNoCopyIsMade() {
    topology.policy(policy("2", rule("no-llama", RuleEffect.DENY, "lane == 'LOCAL'").build()));

    topology.request(request("r1", chat("2+2")));
    topology.complete(answered(topology.onlyOrder(), ANSWER));

    assertThat(topology.onlyResult().getOutcome()).isEqualTo(Outcome.ANSWERED);
    assertThat(topology.orders()).isEmpty();
    assertThat(topology.counted("dualtrack.topology.shadows", "what", "not permitted"))
        .isEqualTo(1);
  }

  @Test
  void anOfferingThatWasSuspendedMeanwhileGetsNoCopy() {
    topology.request(request("r1", chat("2+2")));
    DispatchOrder primary = topology.onlyOrder();
    topology.suspend(suspension(SuspensionScope.OFFERING, "llama-home", ExportState.SUSPENDED, 1));

    topology.complete(answered(primary, ANSWER));

    assertThat(topology.orders()).isEmpty();
  }

  @Test
  void anAnswerThatIsCutOffWhileTheCopyIsOutIsInNoPair() {
    DispatchOrder copy = copied("r1", "2+2");
    topology.suspend(suspension(SuspensionScope.TENANT, "acme", ExportState.SUSPENDED, 1));
    topology.exchanges();

    topology.complete(answered(copy, OTHER));

    assertThat(pairs()).isEmpty();
    assertThat(topology.exchanges()).extracting(Exchange::getShadow).containsExactly(true);
  }

  @Test
  void onlyTheModelAndTheJurisdictionThatWereNamedAreCopied() {
    shadow(everything().setModel("other"));
    assertThat(copies("r1")).isEmpty();
    shadow(everything().setJurisdictions(List.of("US")));
    assertThat(copies("r2")).isEmpty();
    shadow(everything().setModel("gpt"));
    assertThat(copies("r3")).hasSize(1);
  }

  @Test
  void theOfferingThatAnsweredIsNotAskedAgain() {
    shadow(everything().setOffering("gpt-api"));

    assertThat(copies("r1")).isEmpty();
  }

  @Test
  void aMonthsBudgetEndsTheCopiesUntilTheNextMonth() {
    // Five tokens of output cost 0.0005.
    shadow(everything().setMonthlyBudget(money("0.0012")));
    List<DispatchOrder> copies = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      copies.addAll(copies("r" + i));
    }
    assertThat(copies).hasSize(2);
    assertThat(topology.counted("dualtrack.topology.shadows", "what", "over budget")).isEqualTo(2);
    copies.forEach(copy -> topology.complete(answered(copy, OTHER)));

    topology.advance(Duration.ofDays(14));
    assertThat(copies("later")).hasSize(1);
  }

  @Test
  void aCopyThatCostNothingGivesItsMoneyBack() {
    shadow(everything().setMonthlyBudget(money("0.0005")));
    List<DispatchOrder> first = copies("r1");
    assertThat(copies("r2")).isEmpty();

    // Nothing in place of the five tokens that were expected.
    topology.complete(
        completion(first.get(0), CompletionStatus.ANSWERED)
            .setBody(OTHER)
            .setUsage(Usage.newBuilder().setOutput(0).build())
            .build());

    assertThat(copies("r3")).hasSize(1);
  }

  @Test
  void whatHasNoPriceIsNotCopied() {
    topology.offering(offering("llama-new", "llama", Lane.LOCAL));
    shadow(everything().setOffering("llama-new"));

    assertThat(copies("r1")).isEmpty();
    assertThat(topology.counted("dualtrack.topology.shadows", "what", "unpriced")).isEqualTo(1);
  }

  @Test
  void anOfferingThatHangsHoldsNoMoreThanItsBound() {
    topology.restore(
        "shadow-spend",
        List.of(KeyValue.pair("acme|all", new ShadowSpend("2026-11", money("0"), 99))));

    List<DispatchOrder> last = copies("r1");
    assertThat(last).hasSize(1);
    assertThat(copies("r2")).isEmpty();
    assertThat(topology.counted("dualtrack.topology.shadows", "what", "full")).isEqualTo(1);

    topology.complete(failed(last.get(0), 504));
    assertThat(copies("r3")).hasSize(1);
  }

  @Test
  void aCopyWhoseCompletionNeverCameIsForgotten() {
    copied("r1", "2+2");

    topology.advance(Duration.ofHours(25));

    assertThat(topology.rows("flights")).isZero();
    assertThat(topology.counted("dualtrack.topology.shadows", "what", "failed")).isEqualTo(1);
  }

  private static Shadowing.Builder everything() {
    return Shadowing.newBuilder()
        .setId("all")
        .setOffering("llama-home")
        .setPercent(money("100"))
        .setMonthlyBudget(money("1000"));
  }

  private void shadow(Shadowing.Builder shadowing) {
    topology.tenant(tenant("acme").setShadowings(List.of(shadowing.build())));
  }

  /** The order of the copy of a request that was answered. */
  private DispatchOrder copied(String id, String text) {
    topology.request(request(id, chat(text)));
    topology.complete(answered(topology.onlyOrder(), ANSWER));
    topology.results();
    return topology.onlyOrder();
  }

  private List<DispatchOrder> copies(String id) {
    return copies(id, id);
  }

  private List<DispatchOrder> copies(String id, String text) {
    topology.request(
        request(id, chat(text)).setDeadline(PolicyRecords.START.plus(Duration.ofDays(60))));
    topology.complete(answered(topology.onlyOrder(), ANSWER));
    return topology.orders();
  }

  private ShadowPair onlyPair() {
    List<ShadowPair> pairs = pairs();
    assertThat(pairs).hasSize(1);
    return pairs.get(0);
  }

  private List<ShadowPair> pairs() {
    return topology.readKeyed(Topics.SHADOW_PAIRS).stream().map(entry -> entry.value).toList();
  }
}
