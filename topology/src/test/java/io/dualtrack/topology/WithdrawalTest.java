package io.dualtrack.topology;

import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.completion;
import static io.dualtrack.topology.Records.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
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
