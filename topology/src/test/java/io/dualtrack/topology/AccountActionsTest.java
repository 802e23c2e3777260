package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.START;
import static io.dualtrack.policy.PolicyRecords.tenant;
import static io.dualtrack.topology.Records.action;
import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.failed;
import static io.dualtrack.topology.Records.money;
import static io.dualtrack.topology.Records.price;
import static io.dualtrack.topology.Records.request;
import static io.dualtrack.topology.Records.suspension;
import static io.dualtrack.topology.Records.undone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.Budget;
import io.dualtrack.schemas.BudgetAction;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RecommendedAction;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.ThrottleWindow;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.streams.KeyValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done about single accounts: acme has seat-1, the suspect, and seat-2. */
class AccountActionsTest {

  private static final String ANSWER = "{\"choices\":[]}";
  private static final AccountAction SUSPEND = action("act-1", RecommendedAction.SUSPEND).build();
  private static final AccountAction THROTTLE =
      action("act-2", RecommendedAction.THROTTLE).setRequestsPerMinute(3).build();

  @TempDir Path folder;
  private TopologyHarness topology;

  @BeforeEach
  void start() {
    topology = new TopologyHarness(folder).withControl().tenant(acme());
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  @Test
  void aSuspendedAccountIsRefusedFromTheNextRecordOnAndItsColleagueIsNot() {
    topology.act(SUSPEND);

    topology.request(request("r1", chat("a")));
    topology.request(ofSeat2("r2", "a"));

    InferenceResult refused = topology.onlyResult();
    assertThat(refused.getRequestId()).isEqualTo("r1");
    assertThat(refused.getOutcome()).isEqualTo(Outcome.REFUSED);
    assertThat(refused.getStatusCode()).isEqualTo(403);
    assertThat(refused.getErrorCode()).isEqualTo("ACCOUNT_SUSPENDED");
    assertThat(refused.getRetryAfterMillis()).isNull();
    assertThat(topology.onlyOrder().getRequestId()).isEqualTo("r2");
    assertThat(topology.exchanges()).extracting(Exchange::getOutcome).containsOnly(Outcome.REFUSED);
  }

  @Test
  void theRefusalIsInTheAuditTrailAndNamesTheActionButNeitherAccountNorSuspicion() {
    topology.act(SUSPEND);
    topology.request(request("r1", chat("a")));

    RoutingDecision decision = topology.decisions().get(0);
    assertThat(decision.getPermitted()).isEmpty();
    assertThat(decision.getRefusal())
        .extracting(Reason::getRule, Reason::getCode)
        .containsExactly(tuple("action:act-1", "ACCOUNT_SUSPENDED"));
    assertThat(decision.toString()).doesNotContain("seat-1", "card");
    assertThat(topology.onlyResult().getErrorMessage()).doesNotContain("card");
  }

  @Test
  void anActionThatIsUndoneHoldsNobodyAnyMoreAndWhatWasRefusedIsNotReplayed() {
    topology.act(SUSPEND);
    topology.request(request("r1", chat("a")));
    topology.results();

    topology.act(undone(SUSPEND));
    topology.request(request("r2", chat("a")));

    topology.complete(answered(topology.onlyOrder(), ANSWER));
    assertThat(topology.onlyResult().getRequestId()).isEqualTo("r2");
  }

  @Test
  void anUndoingThatIsReadBeforeItsActionUndoesItAllTheSame() {
    topology.act(undone(SUSPEND));
    topology.act(SUSPEND);

    topology.request(request("r1", chat("a")));

    assertThat(topology.onlyOrder().getRequestId()).isEqualTo("r1");
  }

  @Test
  void ofTwoActionsTheOtherHoldsWhenOneIsUndone() {
    topology.act(SUSPEND);
    topology.act(AccountAction.newBuilder(SUSPEND).setActionId("act-9").build());

    topology.act(undone(SUSPEND));
    topology.request(request("r1", chat("a")));

    assertThat(topology.onlyResult().getReasons())
        .extracting(Reason::getRule)
        .containsExactly("action:act-9");
  }

  @Test
  void anActionEndsByItself() {
    topology.act(
        AccountAction.newBuilder(SUSPEND).setUntil(START.plus(Duration.ofMinutes(5))).build());

    topology.request(request("r1", chat("a")));
    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("ACCOUNT_SUSPENDED");
    topology.advance(Duration.ofMinutes(5));
    topology.request(request("r2", chat("a")));

    assertThat(topology.onlyOrder().getRequestId()).isEqualTo("r2");
  }

  @Test
  void aReviewChangesNothing() {
    topology.act(action("act-1", RecommendedAction.REVIEW).build());

    topology.request(request("r1", chat("a")));

    assertThat(topology.onlyOrder().getRequestId()).isEqualTo("r1");
  }

  @Test
  void theAccountOfTheSameNameAtAnotherTenantIsUntouched() {
    topology.act(SUSPEND);

    topology.request(request("r1", chat("a")).setTenant("globex"));

    assertThat(topology.onlyOrder().getTenant()).isEqualTo("globex");
  }

  @Test
  void whatIsInFlightWhenTheAccountIsSuspendedIsRefusedAndWhoJoinedItIsAnswered() {
    topology.request(request("r1", chat("same")));
    topology.request(ofSeat2("r2", "same"));
    DispatchOrder order = topology.onlyOrder();

    topology.act(SUSPEND);
    topology.complete(answered(order, ANSWER));

    assertThat(topology.results())
        .extracting(InferenceResult::getRequestId, InferenceResult::getOutcome)
        .containsExactlyInAnyOrder(tuple("r1", Outcome.REFUSED), tuple("r2", Outcome.ANSWERED));
  }

  @Test
  void aCallForNobodyButASuspendedAccountIsStillBilled() {
    topology.request(request("r1", chat("a")));
    DispatchOrder order = topology.onlyOrder();
    topology.act(SUSPEND);

    topology.complete(answered(order, ANSWER));

    assertThat(topology.onlyResult().getOutcome()).isEqualTo(Outcome.REFUSED);
    assertThat(topology.exchanges())
        .filteredOn(each -> each.getUsage() != null)
        .extracting(Exchange::getExchangeId)
        .containsExactly(order.getOrderId());
  }

  @Test
  void aRetryIsNotSentForASuspendedAccount() {
    topology.request(request("r1", chat("a")));
    DispatchOrder order = topology.onlyOrder();
    topology.act(SUSPEND);

    topology.complete(failed(order, 503));

    assertThat(topology.orders()).isEmpty();
    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("ACCOUNT_SUSPENDED");
  }

  @Test
  void killSwitchAndActionTogetherAreBothInTheDecisionAndEachIsUndoneOnItsOwn() {
    topology.suspend(suspension(SuspensionScope.TENANT, "acme", true, 1));
    topology.act(SUSPEND);
    topology.request(request("r1", chat("a")));
    assertThat(topology.onlyResult().getReasons())
        .extracting(Reason::getCode)
        .containsExactly("ACCOUNT_SUSPENDED", "SUSPENDED");

    topology.act(undone(SUSPEND));
    topology.request(request("r2", chat("a")));
    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("SUSPENDED");

    topology.suspend(suspension(SuspensionScope.TENANT, "acme", false, 2));
    topology.request(request("r3", chat("a")));
    assertThat(topology.onlyOrder().getRequestId()).isEqualTo("r3");
  }

  @Test
  void aThrottledAccountGetsItsNumberInAnyMinuteAndIsToldWhenThereIsRoomAgain() {
    topology.advance(Duration.ofMinutes(10));
    topology.act(THROTTLE);

    topology.request(request("r1", chat("1")), START);
    topology.request(request("r2", chat("2")), START.plusSeconds(20));
    topology.request(request("r3", chat("3")), START.plusSeconds(40));
    topology.request(request("r4", chat("4")), START.plusMillis(59_999));
    topology.request(request("r5", chat("5")), START.plusSeconds(60));
    topology.request(request("r6", chat("6")), START.plusSeconds(61));

    assertThat(topology.orders())
        .extracting(DispatchOrder::getRequestId)
        .containsExactly("r1", "r2", "r3", "r5");
    List<InferenceResult> refused = topology.results();
    assertThat(refused)
        .extracting(InferenceResult::getRequestId, InferenceResult::getRetryAfterMillis)
        .containsExactly(tuple("r4", 1L), tuple("r6", 19_000L));
    assertThat(refused)
        .allSatisfy(
            each -> {
              assertThat(each.getStatusCode()).isEqualTo(429);
              assertThat(each.getErrorCode()).isEqualTo("ACCOUNT_THROTTLED");
            });
    assertThat(topology.decisions())
        .filteredOn(each -> each.getRequestId().equals("r4"))
        .extracting(RoutingDecision::getAttempt, each -> each.getPermitted().isEmpty())
        .containsExactly(tuple(1, false), tuple(2, true));
  }

  @Test
  void aRequestThatClaimsAnotherTimeMakesNoRoom() {
    topology.advance(Duration.ofMinutes(10));
    topology.act(THROTTLE);
    Instant now = START.plus(Duration.ofMinutes(10));

    for (int i = 0; i < 4; i++) {
      topology.request(request("future" + i, chat("f" + i)), now.plus(Duration.ofHours(i + 1)));
      topology.request(request("past" + i, chat("p" + i)), now.minus(Duration.ofHours(i + 1)));
    }

    assertThat(topology.orders()).hasSize(3);
    assertThat(topology.results()).hasSize(5);
  }

  @Test
  void aRequestThatIsSentTwiceIsCountedAndAnsweredOnce() {
    topology.act(THROTTLE);

    for (int i = 0; i < 5; i++) {
      topology.request(request("r1", chat("a")));
    }
    topology.request(request("r2", chat("b")));

    assertThat(topology.orders())
        .extracting(DispatchOrder::getRequestId)
        .containsExactly("r1", "r2");
    assertThat(topology.results()).isEmpty();
  }

  @Test
  void aThrottleThatIsUndoneLetsTheNextRequestThrough() {
    topology.act(AccountAction.newBuilder(THROTTLE).setRequestsPerMinute(1).build());
    topology.request(request("r1", chat("a")));
    topology.request(request("r2", chat("b")));
    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("ACCOUNT_THROTTLED");

    topology.act(undone(THROTTLE));
    topology.request(request("r3", chat("c")));

    assertThat(topology.orders())
        .extracting(DispatchOrder::getRequestId)
        .containsExactly("r1", "r3");
  }

  @Test
  void aSuspensionIsStrongerThanAThrottle() {
    topology.act(THROTTLE);
    topology.act(SUSPEND);

    topology.request(request("r1", chat("a")));

    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("ACCOUNT_SUSPENDED");
    assertThat(topology.rows("throttle-windows")).isZero();
  }

  @Test
  void aThrottleThatNamesNoLimitIsTheTightestOne() {
    topology.act(AccountAction.newBuilder(THROTTLE).setRequestsPerMinute(null).build());

    topology.request(request("r1", chat("a")));
    topology.request(request("r2", chat("b")));

    assertThat(topology.onlyOrder().getRequestId()).isEqualTo("r1");
    assertThat(topology.onlyResult().getRequestId()).isEqualTo("r2");
  }

  @Test
  void whatIsLetThroughGoesByItsHardBudgetAsBefore() {
    Budget budget =
        Budget.newBuilder()
            .setAmount(money("1.50"))
            .setHard(true)
            .setAction(BudgetAction.REFUSE)
            .build();
    topology
        .tenant(acme().setBudgets(List.of(budget)))
        .price(price("gpt-api", "0.01"))
        .price(price("llama-home", "0.001"));
    topology.act(THROTTLE);

    for (int i = 1; i <= 4; i++) {
      topology.request(request("r" + i, chat("a" + i, ",\"max_completion_tokens\":100")));
    }

    assertThat(topology.onlyOrder().getRequestId()).isEqualTo("r1");
    assertThat(topology.results())
        .extracting(InferenceResult::getRequestId, InferenceResult::getErrorCode)
        .containsExactlyInAnyOrder(
            tuple("r2", "BUDGET_EXHAUSTED"),
            tuple("r3", "BUDGET_EXHAUSTED"),
            tuple("r4", "ACCOUNT_THROTTLED"));
  }

  @Test
  void aCallerThatLeavesTakesItsThrottledRequestBack() {
    topology.act(THROTTLE);
    topology.request(request("r1", chat("a")));
    DispatchOrder order = topology.onlyOrder();

    topology.request(request("r1", chat("a")).setWithdrawn(true));

    assertThat(topology.onlyOrder())
        .returns(order.getOrderId(), DispatchOrder::getOrderId)
        .returns(true, DispatchOrder::getWithdrawn);
    assertThat(topology.onlyResult().getStatusCode()).isEqualTo(499);
  }

  @Test
  void theCountComesBackFromTheChangelogAfterARestart() {
    topology.act(THROTTLE);
    for (int i = 1; i <= 3; i++) {
      topology.request(request("r" + i, chat("a" + i)));
    }
    List<KeyValue<String, ThrottleWindow>> changes =
        topology.changelog("throttle-windows", ThrottleWindow.class);
    topology.close();

    topology = new TopologyHarness(folder.resolve("restarted")).withControl().tenant(acme());
    topology.restore("throttle-windows", changes);
    topology.act(THROTTLE);
    topology.request(request("r4", chat("a4")));

    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("ACCOUNT_THROTTLED");
  }

  @Test
  void aWindowIsForgottenWhenItSaysNothingAnyMore() {
    topology.act(THROTTLE);
    topology.request(request("r1", chat("a")));
    assertThat(topology.rows("throttle-windows")).isEqualTo(1);

    topology.advance(Duration.ofDays(1).plusMinutes(20));

    assertThat(topology.rows("throttle-windows")).isZero();
  }

  private static Tenant.Builder acme() {
    return tenant("acme")
        .setAccounts(
            List.of(
                Account.newBuilder().setId("seat-1").setPayment("card-1").build(),
                Account.newBuilder().setId("seat-2").build()));
  }

  private static InferenceRequest.Builder ofSeat2(String id, String text) {
    return request(id, chat(text)).setAccount("seat-2");
  }
}
