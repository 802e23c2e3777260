package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.START;
import static io.dualtrack.policy.PolicyRecords.offering;
import static io.dualtrack.policy.PolicyRecords.tenant;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.completion;
import static io.dualtrack.topology.Records.failed;
import static io.dualtrack.topology.Records.money;
import static io.dualtrack.topology.Records.price;
import static io.dualtrack.topology.Records.request;
import static io.dualtrack.topology.Records.suspension;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Budget;
import io.dualtrack.schemas.BudgetAction;
import io.dualtrack.schemas.BudgetAlert;
import io.dualtrack.schemas.BudgetBalance;
import io.dualtrack.schemas.BudgetEvent;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.Usage;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hard budgets. A token of output is a cent at gpt-api and a tenth of it at llama-home, input is
 * free, and a request asks for 100 tokens at most: it may cost a dollar.
 */
class BudgetTest {

  @TempDir Path folder;
  private TopologyHarness topology;

  @BeforeEach
  void start() {
    topology =
        new TopologyHarness(folder)
            .withControl()
            .price(price("gpt-api", "0.01"))
            .price(price("llama-home", "0.001"));
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  @Test
  void twoRequestsThatHaveRoomOnlyOneByOneDoNotBothPass() {
    budgets(hard("1.50", BudgetAction.REFUSE));

    topology.request(ask("r1"));
    topology.request(ask("r2"));

    assertThat(topology.onlyOrder().getRequestId()).isEqualTo("r1");
    InferenceResult refused = topology.onlyResult();
    assertThat(refused.getRequestId()).isEqualTo("r2");
    assertThat(refused.getOutcome()).isEqualTo(Outcome.REFUSED);
    assertThat(refused.getStatusCode()).isEqualTo(429);
    assertThat(refused.getErrorCode()).isEqualTo("BUDGET_EXHAUSTED");
    assertThat(refused.getErrorMessage())
        .contains("budget of tenant acme for 2026-11, 1.50 US dollars", "1.00 that");
    RoutingDecision decision = topology.decisions().get(2);
    assertThat(decision.getRequestId()).isEqualTo("r2");
    assertThat(decision.getAttempt()).isEqualTo(2);
    assertThat(decision.getPermitted()).isEmpty();
    assertThat(decision.getRefusal()).extracting(Reason::getCode).contains("BUDGET_EXHAUSTED");
    assertThat(topology.counted("dualtrack.topology.budgets", "what", "refused")).isEqualTo(1);
  }

  @Test
  void whatARequestDidNotCostIsFreeAgainWhenItIsOver() {
    budgets(hard("1.50", BudgetAction.REFUSE));
    topology.request(ask("r1"));
    assertBalance("acme|", "0", "1.00");

    topology.complete(answered(topology.onlyOrder(), 50));
    assertBalance("acme|", "0.50", "0");
    topology.request(ask("r2"));

    assertThat(topology.onlyOrder().getRequestId()).isEqualTo("r2");
    assertThat(topology.rows("reservations")).isEqualTo(1);
  }

  @Test
  void aTenantThatChoseSoGoesToTheLocalLaneAndStaysThere() {
    budgets(hard("1.50", BudgetAction.LOCAL));
    topology.request(ask("r1"));
    topology.orders();
    topology.decisions();

    topology.request(ask("r2"));

    DispatchOrder order = topology.onlyOrder();
    assertThat(order.getOffering()).isEqualTo("llama-home");
    assertThat(topology.decisions())
        .extracting(RoutingDecision::getAttempt, RoutingDecision::getPermitted)
        .containsExactly(
            tuple(1, List.of("gpt-api", "llama-home")), tuple(2, List.of("llama-home")));
    assertBalance("acme|", "0", "1.10");

    topology.complete(failed(order, 503));

    assertThat(topology.orders()).isEmpty();
    assertThat(topology.onlyResult().getOutcome()).isEqualTo(Outcome.FAILED);
    assertBalance("acme|", "0", "1.00");
  }

  @Test
  void theLocalLaneAnswersBeyondTheBudget() {
    budgets(hard("0.05", BudgetAction.LOCAL));

    topology.request(ask("r1"));

    assertThat(topology.onlyOrder().getOffering()).isEqualTo("llama-home");
    assertBalance("acme|", "0", "0.10");
  }

  @Test
  void whoWasMovedStaysMovedWhenItIsDecidedAgainBeforeItsOrder() {
    budgets(hard("1.50", BudgetAction.LOCAL));
    topology.request(ask("r1"));
    topology.request(ask("r2"));
    DispatchOrder local =
        topology.orders().stream()
            .filter(order -> order.getOffering().equals("llama-home"))
            .findFirst()
            .orElseThrow();
    topology.suspend(suspension(SuspensionScope.OFFERING, "llama-home", true, 1));

    topology.complete(completion(local, CompletionStatus.SUSPENDED).setSuspensionEpoch(1).build());

    assertThat(topology.orders()).isEmpty();
    InferenceResult refused = topology.onlyResult();
    assertThat(refused.getStatusCode()).isEqualTo(429);
    assertThat(refused.getReasons())
        .extracting(Reason::getCode)
        .contains("BUDGET_EXHAUSTED", "SUSPENDED");
  }

  @Test
  void whatIsReplayedOrJoinedCostsNothing() {
    budgets(hard("5", BudgetAction.REFUSE));
    topology.request(ask("r1", "same"));
    DispatchOrder order = topology.onlyOrder();
    topology.request(ask("r2", "same"));
    assertBalance("acme|", "0", "2.00");
    topology.complete(answered(order, 50));
    assertBalance("acme|", "0.50", "0");

    topology.request(ask("r3", "same"));

    assertThat(topology.results())
        .extracting(InferenceResult::getSource)
        .containsExactlyInAnyOrder(AnswerSource.PROVIDER, AnswerSource.JOINED, AnswerSource.CACHE);
    assertBalance("acme|", "0.50", "0");
    assertThat(topology.rows("reservations") + topology.rows("reservation-ends")).isZero();
  }

  @Test
  void aReservationStaysThroughRetriesAndIsFreeAfterTheLastFailure() {
    budgets(hard("1.50", BudgetAction.REFUSE));
    topology.request(ask("r1"));

    topology.complete(failed(topology.onlyOrder(), 503));
    assertBalance("acme|", "0", "1.00");
    topology.complete(failed(topology.onlyOrder(), 503));

    assertThat(topology.onlyResult().getOutcome()).isEqualTo(Outcome.FAILED);
    assertBalance("acme|", "0", "0");
  }

  @Test
  void anOrderThatWasReplayedFromTheDeadLettersKeepsItsReservationUntilItsRequestEnds() {
    budgets(hard("1.50", BudgetAction.REFUSE));
    topology.request(ask("r1"));

    topology.complete(replayed(topology.onlyOrder()));
    DispatchOrder second = topology.onlyOrder();
    assertThat(second.getAttempt()).isEqualTo(2);
    assertBalance("acme|", "0", "1.00");
    topology.complete(answered(second, 40));

    assertThat(topology.onlyResult().getOutcome()).isEqualTo(Outcome.ANSWERED);
    assertBalance("acme|", "0.04", "0");
    assertThat(topology.rows("reservations") + topology.rows("reservation-ends")).isZero();
  }

  /** What {@code dead-letters replay} sends for an order. */
  private static Completion replayed(DispatchOrder order) {
    return completion(order, CompletionStatus.RETRYABLE)
        .setStatusCode(0)
        .setErrorCode("replayed")
        .build();
  }

  @Test
  void whatAFailedCallCostIsSpent() {
    budgets(hard("5", BudgetAction.REFUSE));
    topology.request(ask("r1"));
    DispatchOrder order = topology.onlyOrder();

    topology.complete(
        completion(order, CompletionStatus.RETRYABLE)
            .setStatusCode(500)
            .setUsage(Usage.newBuilder().setOutput(30).build())
            .build());

    assertBalance("acme|", "0.30", "1.00");
  }

  @Test
  void aRejectedRequestIsFree() {
    budgets(hard("1.50", BudgetAction.REFUSE));
    topology.request(ask("r1"));

    topology.complete(
        completion(topology.onlyOrder(), CompletionStatus.REJECTED).setStatusCode(400).build());

    assertBalance("acme|", "0", "0");
  }

  @Test
  void aCallThatIsOutKeepsItsReservationAfterItsRequestExpired() {
    budgets(hard("5", BudgetAction.REFUSE));
    topology.request(ask("r1", "same"));
    DispatchOrder order = topology.onlyOrder();
    topology.request(ask("r2", "same"));

    topology.advance(Duration.ofMinutes(61));
    assertThat(topology.results())
        .extracting(InferenceResult::getOutcome)
        .containsExactly(Outcome.EXPIRED, Outcome.EXPIRED);
    assertBalance("acme|", "0", "1.00");

    topology.complete(answered(order, 50));
    assertBalance("acme|", "0.50", "0");
  }

  @Test
  void aCallWhoseCallerLeftKeepsItsReservationUntilItIsBrokenOff() {
    budgets(hard("5", BudgetAction.REFUSE));
    topology.request(ask("r1"));
    DispatchOrder order = topology.onlyOrder();

    topology.request(ask("r1").setWithdrawn(true));
    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("caller_left");
    assertThat(topology.onlyOrder().getWithdrawn()).isTrue();
    assertBalance("acme|", "0", "1.00");

    topology.complete(
        completion(order, CompletionStatus.EXPIRED).setErrorCode("caller_left").build());
    // Nobody says what the call had used until then.
    assertBalance("acme|", "1.00", "0");
    assertThat(topology.rows("reservations")).isZero();
  }

  @Test
  void aCallThatNeverReturnsIsReleasedWhenItIsForgotten() {
    budgets(hard("5", BudgetAction.REFUSE));
    topology.request(ask("r1"));

    topology.advance(Duration.ofMinutes(61));
    topology.advance(Duration.ofHours(24));

    assertBalance("acme|", "0", "0");
    assertThat(topology.rows("reservations") + topology.rows("flights")).isZero();
  }

  @Test
  void aReservationWhoseEndIsNeverToldIsGivenUp() {
    budgets(hard("5", BudgetAction.REFUSE));
    topology.request(ask("r1"));
    topology.lose("flights", topology.onlyOrder().getFlight());

    topology.advance(Duration.ofHours(26).plusSeconds(1));

    assertBalance("acme|", "0", "0");
    assertThat(topology.counted("dualtrack.topology.budgets", "what", "abandoned")).isEqualTo(1);
  }

  @Test
  void aRequestThatIsSentTwiceReservesOnce() {
    budgets(hard("1.50", BudgetAction.REFUSE));
    topology.request(ask("r1"));
    topology.request(ask("r1"));

    assertThat(topology.orders()).hasSize(1);
    assertThat(topology.results()).isEmpty();
    assertBalance("acme|", "0", "1.00");
  }

  @Test
  void aNewMonthHasItsBudgetAnewButWhatIsUnderWay() {
    budgets(hard("1.50", BudgetAction.REFUSE));
    topology.request(ask("r1"));
    topology.complete(answered(topology.onlyOrder(), 50));
    topology.request(ask("r2").setDeadline(START.plus(Duration.ofDays(30))));
    DispatchOrder underWay = topology.onlyOrder();
    assertBalance("acme|", "0.50", "1.00");

    topology.advance(Duration.ofDays(10));
    topology.request(late("r3"));
    assertThat(topology.orders()).isEmpty();
    topology.complete(answered(underWay, 10, Instant.parse("2026-12-01T09:00:00Z")));
    topology.request(late("r4"));

    assertThat(topology.onlyOrder().getRequestId()).isEqualTo("r4");
    assertBalance("acme|", "0.10", "1.00");
    assertThat(topology.balance("acme|").getMonth()).isEqualTo("2026-12");
  }

  @Test
  void whatWasSpentLastMonthIsNotSpentInThisOne() {
    budgets(hard("1.50", BudgetAction.REFUSE));
    topology.request(ask("r1").setDeadline(START.plus(Duration.ofDays(30))));
    DispatchOrder first = topology.onlyOrder();
    topology.advance(Duration.ofDays(10));
    topology.request(late("r2"));

    topology.complete(answered(first, 50, Instant.parse("2026-11-30T23:59:59Z")));

    assertBalance("acme|", "0", "0");
  }

  @Test
  void aBudgetThatIsRaisedHoldsAtOnce() {
    budgets(hard("0.50", BudgetAction.REFUSE));
    topology.request(ask("r1"));
    assertThat(topology.onlyResult().getStatusCode()).isEqualTo(429);

    budgets(hard("1", BudgetAction.REFUSE));
    topology.request(ask("r2"));

    assertThat(topology.orders()).hasSize(1);
  }

  @Test
  void aCostCentreIsHeldToItsOwnBudgetBelowTheTenants() {
    budgets(hard("10", BudgetAction.REFUSE), hard("research", "1.50", BudgetAction.REFUSE));
    topology.request(ask("r1"));
    topology.request(ask("r2"));
    topology.request(ask("r3").setCostCentre("risk"));

    assertThat(topology.orders())
        .extracting(DispatchOrder::getRequestId)
        .containsExactly("r1", "r3");
    assertThat(topology.onlyResult().getErrorMessage())
        .contains("cost centre research of tenant acme");
    assertBalance("acme|", "0", "2.00");
    assertBalance("acme|research", "0", "1.00");
    assertBalance("acme|risk", "0", "1.00");
  }

  @Test
  void aCostCentreDoesNotOverrunTheTenant() {
    budgets(hard("1.50", BudgetAction.REFUSE), hard("research", "10", BudgetAction.LOCAL));
    topology.request(ask("r1"));
    topology.request(ask("r2"));

    assertThat(topology.orders()).hasSize(1);
    assertThat(topology.onlyResult().getErrorMessage()).contains("of tenant acme for");
  }

  @Test
  void eachThresholdIsAlertedOnceAMonth() {
    budgets(hard("4", BudgetAction.REFUSE));
    for (int i = 1; i <= 6; i++) {
      topology.request(late("r" + i));
    }
    topology.complete(answered(topology.orders().get(0), 100));

    assertThat(topology.budgetAlerts())
        .extracting(
            BudgetAlert::getAlertId,
            BudgetAlert::getThresholdPercent,
            alert -> alert.getSpent().intValue(),
            alert -> alert.getReserved().intValue(),
            BudgetAlert::getHard)
        .containsExactly(
            tuple("acme/2026-11-01/50", 50, 2, 2, false),
            tuple("acme/2026-11-01/100", 100, 4, 4, false),
            tuple("acme/2026-11-01/limit", 100, 4, 4, true));

    topology.advance(Duration.ofDays(10));
    topology.request(late("r7"));
    assertThat(topology.budgetAlerts())
        .extracting(BudgetAlert::getAlertId)
        .containsExactly("acme/2026-12-01/50", "acme/2026-12-01/100");
  }

  @Test
  void aTenantWithoutAHardBudgetTakesNoDetour() {
    budgets(soft("0.01"), hard("risk", "0.01", BudgetAction.REFUSE));

    topology.request(ask("r1"));

    topology.complete(answered(topology.onlyOrder(), 50));
    assertThat(topology.onlyResult().getOutcome()).isEqualTo(Outcome.ANSWERED);
    assertThat(topology.readKeyed(Topics.BUDGETS)).isEmpty();
  }

  @Test
  void whatHasNoPriceIsNotUsed() {
    budgets(hard("5", BudgetAction.REFUSE));
    topology.offering(offering("gpt-b", "gpt", Lane.API));

    topology.request(ask("r1"));

    assertThat(topology.onlyOrder().getOffering()).isEqualTo("gpt-api");
    RoutingDecision decision = topology.decisions().get(1);
    assertThat(decision.getPermitted()).containsExactly("gpt-api", "llama-home");
    assertThat(decision.getCandidates().get(1).getReasons())
        .extracting(Reason::getCode)
        .containsExactly("BUDGET_UNPRICED");
  }

  @Test
  void aRequestForWhichNothingHasAPriceIsRefused() {
    topology.close();
    topology = new TopologyHarness(folder).withControl();
    budgets(hard("5", BudgetAction.REFUSE));

    topology.request(ask("r1"));

    InferenceResult refused = topology.onlyResult();
    assertThat(refused.getErrorCode()).isEqualTo("BUDGET_UNPRICED");
    assertThat(refused.getStatusCode()).isEqualTo(403);
    assertThat(refused.getErrorMessage()).contains("offering gpt-api", "publish");
  }

  @Test
  void aRequestWithoutALimitReservesTheOfferingsAndIsRefusedWhereThatHasNone() {
    budgets(hard("5", BudgetAction.REFUSE));
    topology.request(request("r1", chat("one")));
    InferenceResult refused = topology.onlyResult();
    assertThat(refused.getErrorCode()).isEqualTo("BUDGET_UNBOUNDED");
    assertThat(refused.getStatusCode()).isEqualTo(400);

    topology.offering(offering("gpt-api", "gpt", Lane.API).setMaxOutputTokens(300L));
    topology.request(request("r2", chat("one")));

    assertThat(topology.onlyOrder().getOffering()).isEqualTo("gpt-api");
    assertBalance("acme|", "0", "3.00");
  }

  @Test
  void anAnswerThatDoesNotSayWhatItUsedIsTakenToHaveCostWhatWasReserved() {
    budgets(hard("5", BudgetAction.REFUSE));
    topology.request(ask("r1"));

    topology.complete(
        completion(topology.onlyOrder(), CompletionStatus.ANSWERED).setBody("{}").build());

    assertBalance("acme|", "1.00", "0");
  }

  @Test
  void aBudgetThatBeginsKnowsWhatTheMonthHasCost() {
    budgets(hard("1.50", BudgetAction.REFUSE));
    topology.budget(opening("0.60"));
    topology.budget(opening("0.40"));

    topology.request(ask("r1"));

    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("BUDGET_EXHAUSTED");
    assertBalance("acme|", "0.60", "0");
  }

  private static BudgetEvent opening(String amount) {
    return BudgetEvent.newBuilder()
        .setTenant("acme")
        .setExchangeId("opening/2026-11")
        .setAt(START)
        .setOpening(money(amount))
        .build();
  }

  @Test
  void howBudgetsStandIsToldOnceASecond() {
    budgets(hard("5", BudgetAction.REFUSE));
    topology.request(ask("r1"));
    topology.request(ask("r2"));

    topology.advance(Duration.ofSeconds(1));

    assertThat(topology.readKeyed(Topics.COST_BUDGETS))
        .extracting(entry -> entry.key, entry -> entry.value.getReserved().intValue())
        .containsExactly(tuple("acme|", 2), tuple("acme|research", 2));
    topology.advance(Duration.ofSeconds(1));
    assertThat(topology.readKeyed(Topics.COST_BUDGETS)).isEmpty();
  }

  private void budgets(Budget... budgets) {
    topology.tenant(tenant("acme").setBudgets(List.of(budgets)));
  }

  private static Budget hard(String amount, BudgetAction action) {
    return hard(null, amount, action);
  }

  private static Budget hard(String costCentre, String amount, BudgetAction action) {
    return new Budget(costCentre, money(amount), List.of(100, 50), true, action);
  }

  private static Budget soft(String amount) {
    return new Budget(null, money(amount), List.of(50), false, BudgetAction.REFUSE);
  }

  private static InferenceRequest.Builder ask(String id) {
    return ask(id, id);
  }

  private static InferenceRequest.Builder ask(String id, String text) {
    return request(id, chat(text, ",\"max_tokens\":100"));
  }

  /** May be answered in the month after. */
  private static InferenceRequest.Builder late(String id) {
    return ask(id).setDeadline(START.plus(Duration.ofDays(30)));
  }

  private static Completion answered(DispatchOrder order, long output) {
    return answered(order, output, order.getCreatedAt());
  }

  private static Completion answered(DispatchOrder order, long output, Instant at) {
    return completion(order, CompletionStatus.ANSWERED)
        .setBody("{\"choices\":[]}")
        .setUsage(Usage.newBuilder().setUncachedInput(10).setOutput(output).build())
        .setFinishedAt(at)
        .build();
  }

  private void assertBalance(String key, String spent, String reserved) {
    BudgetBalance balance = topology.balance(key);
    assertThat(balance.getSpent()).as("spent").isEqualByComparingTo(spent);
    assertThat(balance.getReserved()).as("reserved").isEqualByComparingTo(reserved);
  }
}
