package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.START;

import io.dualtrack.policy.PolicyRecords;
import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.RecommendedAction;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Usage;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Further records for tests, as plain as they can be; see {@link PolicyRecords}. */
public final class Records {

  static {
    AvroSerde.trustRecords();
  }

  private Records() {}

  public static Suspension suspension(SuspensionScope scope, String id, boolean on, long epoch) {
    return suspension(scope, id, on ? ExportState.SUSPENDED : ExportState.OPEN, epoch);
  }

  public static Suspension suspension(
      SuspensionScope scope, String id, ExportState state, long epoch, String... partners) {
    return Suspension.newBuilder()
        .setScope(scope)
        .setId(id)
        .setSuspended(state != ExportState.OPEN)
        .setState(state)
        .setPartners(List.of(partners))
        .setReason("a letter")
        .setActor("officer")
        .setAt(START)
        .setEpoch(epoch)
        .build();
  }

  /** An action about acme's only account. */
  public static AccountAction.Builder action(String id, RecommendedAction action) {
    return AccountAction.newBuilder()
        .setActionId(id)
        .setTenant("acme")
        .setAccount("seat-1")
        .setAction(action)
        .setActive(true)
        .setReason("shares a card with 40 others")
        .setActor("analyst")
        .setAt(START);
  }

  public static AccountAction undone(AccountAction action) {
    return AccountAction.newBuilder(action)
        .setActionId("undo-" + action.getActionId())
        .setUndoes(action.getActionId())
        .setActive(false)
        .setReason("a mistake")
        .build();
  }

  /** A price for output only, in US dollars for one token. */
  public static Price price(String offering, String perToken) {
    return Price.newBuilder()
        .setPriceId(offering + "@1970-01-01")
        .setVersion("1")
        .setOffering(offering)
        .setCurrency("USD")
        .setEffectiveFrom(Instant.EPOCH)
        .setRates(List.of(rate("UNCACHED_INPUT", "0"), rate("OUTPUT", perToken)))
        .build();
  }

  private static Rate rate(String tokenClass, String perToken) {
    return Rate.newBuilder().setTokenClass(tokenClass).setPerToken(money(perToken)).build();
  }

  public static BigDecimal money(String amount) {
    return new BigDecimal(amount).setScale(18, RoundingMode.UNNECESSARY);
  }

  /** A deterministic chat request. */
  public static String chat(String text) {
    return chat(text, "");
  }

  /**
   * @param more further fields, each with a comma before it
   */
  public static String chat(String text, String more) {
    return """
    {"model":"gpt","temperature":0,"messages":[{"role":"user","content":"%s"}]%s}\
    """
        .formatted(text, more);
  }

  public static InferenceRequest.Builder request(String id, String body) {
    return InferenceRequest.newBuilder()
        .setRequestId(id)
        .setTenant("acme")
        .setAccount("seat-1")
        .setReplyKey("batch-1")
        .setServiceClass(ServiceClass.BATCH)
        .setEndpoint("/v1/chat/completions")
        .setBody(body)
        .setSubmittedAt(START)
        .setDeadline(START.plus(Duration.ofHours(1)));
  }

  public static Completion.Builder completion(DispatchOrder order, CompletionStatus status) {
    return Completion.newBuilder()
        .setOrderId(order.getOrderId())
        .setCacheKey(order.getCacheKey())
        .setFlight(order.getFlight())
        .setRequestId(order.getRequestId())
        .setTenant(order.getTenant())
        .setAccount(order.getAccount())
        .setOffering(order.getOffering())
        .setLane(order.getLane())
        .setStatus(status)
        .setStatusCode(200)
        .setCalls(1)
        .setStartedAt(order.getCreatedAt())
        .setFinishedAt(order.getCreatedAt().plusSeconds(1));
  }

  public static Completion answered(DispatchOrder order, String body) {
    return completion(order, CompletionStatus.ANSWERED)
        .setBody(body)
        .setUsage(Usage.newBuilder().setUncachedInput(10).setOutput(5).build())
        .setRawUsage("{\"prompt_tokens\":10,\"completion_tokens\":5}")
        .build();
  }

  public static Completion failed(DispatchOrder order, int statusCode) {
    return completion(order, CompletionStatus.RETRYABLE)
        .setStatusCode(statusCode)
        .setErrorCode("rate_limited")
        .setErrorMessage("the provider is busy")
        .build();
  }
}
