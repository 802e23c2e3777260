package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.tenant;
import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.completion;
import static io.dualtrack.topology.Records.money;
import static io.dualtrack.topology.Records.price;
import static io.dualtrack.topology.Records.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Budget;
import io.dualtrack.schemas.BudgetAction;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.ServiceClass;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers that leave before their answer is there. */
class WithdrawalTest {

  private static final String ANSWER = "{\"choices\":[]}";

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
  void theOrderOfACallerWhoLeftIsCalledBackAndTheRequestEndsOnce() {
    topology.request(interactive("r1", "hello"));
    DispatchOrder order = topology.onlyOrder();
    topology.decisions();

    topology.request(interactive("r1", "hello").setWithdrawn(true));

    InferenceResult result = topology.onlyResult();
    assertThat(result.getOutcome()).isEqualTo(Outcome.FAILED);
    assertThat(result.getErrorCode()).isEqualTo("caller_left");
    DispatchOrder recall = topology.onlyOrder();
    assertThat(recall.getWithdrawn()).isTrue();
    assertThat(recall.getOrderId()).isEqualTo(order.getOrderId());
    assertThat(recall.getCacheKey()).isEqualTo(order.getCacheKey());
    assertThat(recall.getServiceClass()).isEqualTo(ServiceClass.INTERACTIVE);
    // A dispatcher that knows no recalls makes no call of what is late.
    assertThat(recall.getDeadline()).isEqualTo(recall.getCreatedAt());
    // Nothing was decided.
    assertThat(topology.decisions()).isEmpty();
    topology.complete(left(order, 0));
    assertThat(topology.results()).isEmpty();
    assertThat(topology.rows("flights")).isZero();
  }

  @Test
  void aCallThatWasBrokenOffIsCountedThoughNobodyKnowsWhatItCost() {
    topology.request(interactive("r1", "hello"));
    DispatchOrder order = topology.onlyOrder();
    topology.request(interactive("r1", "hello").setWithdrawn(true));
    topology.exchanges();

    topology.complete(left(order, 1));

    List<Exchange> exchanges = topology.exchanges();
    assertThat(exchanges).hasSize(1);
    assertThat(exchanges.get(0).getExchangeId()).isEqualTo(order.getOrderId());
    assertThat(exchanges.get(0).getSource()).isEqualTo(AnswerSource.PROVIDER);
    assertThat(exchanges.get(0).getUsage()).isNull();
  }

  @Test
  void anAnswerThatWasFasterIsPaidAndKeptForOthers() {
    topology.request(interactive("r1", "hello"));
    DispatchOrder order = topology.onlyOrder();
    topology.request(interactive("r1", "hello").setWithdrawn(true));
    topology.exchanges();
    topology.results();

    topology.complete(answered(order, ANSWER));

    assertThat(topology.results()).isEmpty();
    assertThat(topology.exchanges())
        .extracting(Exchange::getExchangeId)
        .containsExactly(order.getOrderId());
    topology.request(interactive("r2", "hello"));
    assertThat(topology.onlyResult().getSource()).isEqualTo(AnswerSource.CACHE);
  }

  @Test
  void aCallThatSomebodyElseWaitsForGoesOn() {
    topology.request(interactive("r1", "hello"));
    DispatchOrder order = topology.onlyOrder();
    topology.request(interactive("r2", "hello"));
    topology.request(interactive("r3", "hello"));

    topology.request(interactive("r1", "hello").setWithdrawn(true));
    topology.request(interactive("r3", "hello").setWithdrawn(true));

    assertThat(topology.orders()).isEmpty();
    assertThat(topology.results())
        .extracting(InferenceResult::getRequestId)
        .containsExactly("r1", "r3");
    topology.complete(answered(order, ANSWER));
    assertThat(topology.onlyResult().getRequestId()).isEqualTo("r2");
  }

  @Test
  void whoeverJoinsACallThatIsBeingBrokenOffHasItMadeAgain() {
    topology.request(interactive("r1", "hello"));
    DispatchOrder order = topology.onlyOrder();
    topology.request(interactive("r1", "hello").setWithdrawn(true));
    topology.orders();
    topology.results();
    topology.request(interactive("r2", "hello"));

    topology.complete(left(order, 1));

    DispatchOrder again = topology.onlyOrder();
    assertThat(again.getOffering()).isEqualTo(order.getOffering());
    topology.complete(answered(again, ANSWER));
    assertThat(topology.onlyResult().getRequestId()).isEqualTo("r2");
  }

  @Test
  void whoLeavesAfterTheEndChangesNothing() {
    topology.request(interactive("r1", "hello"));
    topology.complete(answered(topology.onlyOrder(), ANSWER));
    topology.results();

    topology.request(interactive("r1", "hello").setWithdrawn(true));
    topology.request(interactive("r2", "\\").setWithdrawn(true));
    topology.request(interactive("r3", "hello").setTenant("nobody").setWithdrawn(true));

    assertThat(topology.results()).isEmpty();
    assertThat(topology.orders()).isEmpty();
  }

  @Test
  void aRequestBehindAHardBudgetIsTakenBackWhereverTheBudgetSentIt() {
    budget("0.05", BudgetAction.LOCAL);
    topology.request(dear("r1"));
    DispatchOrder order = topology.onlyOrder();
    assertThat(order.getOffering()).isEqualTo("llama-home");

    topology.request(dear("r1").setWithdrawn(true));

    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("caller_left");
    assertThat(topology.onlyOrder())
        .returns(true, DispatchOrder::getWithdrawn)
        .returns(order.getOrderId(), DispatchOrder::getOrderId)
        .returns("llama-home", DispatchOrder::getOffering);
    topology.complete(left(order, 0));
    assertThat(topology.rows("reservations")).isZero();
  }

  @Test
  void whatABudgetRefusedIsNotEndedAgain() {
    budget("0.05", BudgetAction.REFUSE);
    topology.request(dear("r1"));
    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("BUDGET_EXHAUSTED");

    topology.request(dear("r1").setWithdrawn(true));

    assertThat(topology.results()).isEmpty();
    assertThat(topology.orders()).isEmpty();
    assertThat(topology.rows("reservations")).isZero();
    assertThat(topology.counted("dualtrack.topology.withdrawals.late")).isEqualTo(1);
  }

  @Test
  void whoWaitedWithAnotherGivesBackTheOwnReservationOnly() {
    budget("5", BudgetAction.REFUSE);
    topology.request(dear("r1", "same"));
    topology.onlyOrder();
    topology.request(dear("r2", "same"));
    assertThat(topology.balance("acme|").getReserved()).isEqualByComparingTo("2.00");

    topology.request(dear("r2", "same").setWithdrawn(true));

    assertThat(topology.onlyResult().getRequestId()).isEqualTo("r2");
    assertThat(topology.orders()).isEmpty();
    assertThat(topology.balance("acme|").getReserved()).isEqualByComparingTo("1.00");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBudgetThatBeginsOrEndsMeanwhileDoesNotKeepTheCallerIn(boolean begins) {
    if (!begins) {
      budget("5", BudgetAction.REFUSE);
    }
    topology.request(dear("r1"));
    DispatchOrder order = topology.onlyOrder();
    if (begins) {
      budget("5", BudgetAction.REFUSE);
    } else {
      topology.tenant(tenant("acme"));
    }

    topology.request(dear("r1").setWithdrawn(true));

    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("caller_left");
    assertThat(topology.onlyOrder().getWithdrawn()).isTrue();
    topology.complete(left(order, 0));
    assertThat(topology.rows("reservations")).isZero();
  }

  /** A token of output is a cent at gpt-api and a tenth of it at llama-home. */
  private void budget(String amount, BudgetAction action) {
    topology.price(price("gpt-api", "0.01")).price(price("llama-home", "0.001"));
    Budget budget = new Budget(null, money(amount), List.of(100), true, action);
    topology.tenant(tenant("acme").setBudgets(List.of(budget)));
  }

  private static InferenceRequest.Builder dear(String id) {
    return dear(id, id);
  }

  /** May cost a dollar. */
  private static InferenceRequest.Builder dear(String id, String text) {
    return request(id, chat(text, ",\"max_tokens\":100"))
        .setReplyKey(id)
        .setServiceClass(ServiceClass.INTERACTIVE);
  }

  private static InferenceRequest.Builder interactive(String id, String text) {
    return request(id, chat(text)).setReplyKey(id).setServiceClass(ServiceClass.INTERACTIVE);
  }

  private static Completion left(DispatchOrder order, int calls) {
    return completion(order, CompletionStatus.EXPIRED)
        .setStatusCode(0)
        .setErrorCode("caller_left")
        .setErrorMessage("nobody waits for it any more")
        .setCalls(calls)
        .build();
  }
}
