package io.dualtrack.texts;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.BudgetEvent;
import io.dualtrack.schemas.CachedAnswer;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Flight;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.RoutedRequest;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.ShadowAnswer;
import io.dualtrack.schemas.ShadowPair;
import java.time.Instant;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/** One record of every kind that has a text. */
final class Texts {

  static final String TEXT = "{\"content\":\"the canary sings, äöü 🐤\"}";
  private static final Instant NOW = Instant.ofEpochMilli(1_781_222_400_000L);

  private Texts() {}

  static List<SpecificRecord> records(String tenant) {
    return List.of(
        request(tenant),
        order(tenant),
        completion(tenant),
        result(tenant),
        routed(tenant),
        budgeted(tenant),
        flight(tenant),
        answer(tenant),
        pair(tenant));
  }

  static InferenceRequest request(String tenant) {
    return InferenceRequest.newBuilder()
        .setRequestId("request-1")
        .setTenant(tenant)
        .setAccount("seat-1")
        .setReplyKey("batch-1")
        .setServiceClass(ServiceClass.BATCH)
        .setEndpoint("/v1/chat/completions")
        .setBody(TEXT)
        .setSubmittedAt(NOW)
        .setDeadline(NOW)
        .build();
  }

  static DispatchOrder order(String tenant) {
    return DispatchOrder.newBuilder()
        .setOrderId("order-1")
        .setCacheKey("key-1")
        .setFlight("key-1")
        .setRequestId("request-1")
        .setTenant(tenant)
        .setAccount("seat-1")
        .setOffering("gpt-api")
        .setLane(Lane.API)
        .setServiceClass(ServiceClass.BATCH)
        .setAttempt(1)
        .setEndpoint("/v1/chat/completions")
        .setBody(TEXT)
        .setSuspensionEpoch(0)
        .setCreatedAt(NOW)
        .setDeadline(NOW)
        .build();
  }

  static Completion completion(String tenant) {
    return Completion.newBuilder()
        .setOrderId("order-1")
        .setCacheKey("key-1")
        .setFlight("key-1")
        .setRequestId("request-1")
        .setTenant(tenant)
        .setAccount("seat-1")
        .setOffering("gpt-api")
        .setLane(Lane.API)
        .setStatus(CompletionStatus.ANSWERED)
        .setStatusCode(200)
        .setBody(TEXT)
        .setCalls(1)
        .setStartedAt(NOW)
        .setFinishedAt(NOW)
        .build();
  }

  static InferenceResult result(String tenant) {
    return InferenceResult.newBuilder()
        .setRequestId("request-1")
        .setTenant(tenant)
        .setAccount("seat-1")
        .setReplyKey("batch-1")
        .setOutcome(Outcome.ANSWERED)
        .setSource(AnswerSource.PROVIDER)
        .setStatusCode(200)
        .setBody(TEXT)
        .setModel("gpt")
        .setJurisdictions(List.of("EU"))
        .setSubmittedAt(NOW)
        .setFinishedAt(NOW)
        .build();
  }

  private static RequestFacts facts(String tenant) {
    return RequestFacts.newBuilder()
        .setRequestId("request-1")
        .setTenant(tenant)
        .setAccount("seat-1")
        .setReplyKey("batch-1")
        .setModel("gpt")
        .setServiceClass(ServiceClass.BATCH)
        .setEndpoint("/v1/chat/completions")
        .setInputHash("hash")
        .setAttributes(List.of())
        .setJurisdictions(List.of("EU"))
        .setSubmittedAt(NOW)
        .setDeadline(NOW)
        .setRelations(Relations.newBuilder().build())
        .build();
  }

  static RoutedRequest routed(String tenant) {
    return RoutedRequest.newBuilder()
        .setFacts(facts(tenant))
        .setCacheKey("key-1")
        .setCacheable(true)
        .setCacheTtlSeconds(60)
        .setBody(TEXT)
        .setPermitted(List.of("gpt-api"))
        .setPolicyVersion("1")
        .setSuspensionEpoch(0)
        .build();
  }

  static BudgetEvent budgeted(String tenant) {
    return BudgetEvent.newBuilder()
        .setTenant(tenant)
        .setExchangeId("request-1")
        .setAt(NOW)
        .setAsks(routed(tenant))
        .build();
  }

  static Flight flight(String tenant) {
    return Flight.newBuilder()
        .setFlight("key-1")
        .setCacheKey("key-1")
        .setOrderId("order-1")
        .setAttempt(1)
        .setOffering("gpt-api")
        .setTried(List.of())
        .setCacheable(true)
        .setCacheTtlSeconds(60)
        .setBody(TEXT)
        .setLeader(facts(tenant))
        .setLeaderWaits(true)
        .build();
  }

  static CachedAnswer answer(String tenant) {
    return CachedAnswer.newBuilder()
        .setOffering("gpt-api")
        .setLane(Lane.API)
        .setBody(TEXT)
        .setStoredAt(NOW)
        .setExpiresAt(NOW)
        .setTenant(tenant)
        .setAccount("seat-1")
        .setCacheKey("key-1")
        .build();
  }

  static ShadowPair pair(String tenant) {
    return ShadowPair.newBuilder()
        .setRequestId("request-1")
        .setTenant(tenant)
        .setAccount("seat-1")
        .setShadowing("all")
        .setModel("gpt")
        .setEndpoint("/v1/chat/completions")
        .setJurisdictions(List.of("EU"))
        .setBody(TEXT)
        .setPrimary(shadowed(tenant))
        .setShadow(shadowed(tenant))
        .setAt(NOW)
        .build();
  }

  private static ShadowAnswer shadowed(String tenant) {
    return ShadowAnswer.newBuilder()
        .setOffering("gpt-api")
        .setLane(Lane.API)
        .setStatus(CompletionStatus.ANSWERED)
        .setStatusCode(200)
        .setBody(TEXT)
        .setStartedAt(NOW)
        .setFinishedAt(NOW)
        .setTenant(tenant)
        .setAccount("seat-1")
        .setRequestId("request-1")
        .build();
  }
}
