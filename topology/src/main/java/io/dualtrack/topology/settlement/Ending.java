package io.dualtrack.topology.settlement;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.CachedAnswer;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The one end of a request: its result, and its exchange without text. Both are made here only, so
 * that they always agree.
 */
public record Ending(RequestFacts facts, InferenceResult result, Exchange exchange) {

  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int BAD_GATEWAY = 502;

  /** For requests whose text nobody can read any more. */
  public static final String TEXT_UNREADABLE = "TEXT_UNREADABLE";

  public static final int FORBIDDEN = 403;

  /** Also what a dispatcher says of an order that was called back. */
  private static final String CALLER_LEFT = "caller_left";

  /** As servers log it; nobody is there to read it. */
  private static final int CLIENT_CLOSED = 499;

  /** Answered by a call of its own, or of an equal request that it waited with. */
  static Ending answered(
      RequestFacts facts, Completion completion, AnswerSource source, Instant now) {
    InferenceResult.Builder result =
        result(facts, Outcome.ANSWERED, now)
            .setSource(source)
            .setStatusCode(completion.getStatusCode())
            .setBody(completion.getBody());
    Exchange.Builder exchange =
        exchange(facts, Outcome.ANSWERED, completion.getFinishedAt())
            .setSource(source)
            .setTier(completion.getTier())
            .setUsage(completion.getUsage())
            .setRawUsage(source == AnswerSource.PROVIDER ? completion.getRawUsage() : null);
    return by(facts, completion.getOffering(), completion.getLane(), result, exchange);
  }

  /** Answered from the prompt cache. */
  public static Ending replayed(RequestFacts facts, CachedAnswer answer, Instant now) {
    InferenceResult.Builder result =
        result(facts, Outcome.ANSWERED, now)
            .setSource(AnswerSource.CACHE)
            .setStatusCode(200)
            .setBody(answer.getBody());
    Exchange.Builder exchange =
        exchange(facts, Outcome.ANSWERED, now)
            .setSource(AnswerSource.CACHE)
            .setUsage(answer.getUsage());
    return by(facts, answer.getOffering(), answer.getLane(), result, exchange);
  }

  /**
   * Refused for now.
   *
   * @param again after how long it may be asked again, above 0
   */
  public static Ending throttled(RequestFacts facts, Reason reason, Duration again, Instant now) {
    Ending refused = refused(facts, TOO_MANY_REQUESTS, List.of(reason), now);
    refused.result().setRetryAfterMillis(again.toMillis());
    return refused;
  }

  /**
   * @param statusCode HTTP status for the caller
   * @param reasons all of them; the first gives the error's code
   */
  public static Ending refused(
      RequestFacts facts, int statusCode, List<Reason> reasons, Instant now) {
    InferenceResult.Builder result =
        result(facts, Outcome.REFUSED, now)
            .setStatusCode(statusCode)
            .setErrorCode(reasons.get(0).getCode())
            .setErrorMessage(
                reasons.stream().map(Reason::getText).distinct().collect(Collectors.joining("; ")))
            .setReasons(reasons);
    return new Ending(facts, result.build(), exchange(facts, Outcome.REFUSED, now).build());
  }

  /** Refused because its text, or its answer's, cannot be read: a key is gone. */
  public static Ending unreadable(RequestFacts facts, Instant now) {
    Reason reason = new Reason("built-in:text-key", TEXT_UNREADABLE, withoutKey(facts.getTenant()));
    return refused(facts, FORBIDDEN, List.of(reason), now);
  }

  public static String withoutKey(String tenant) {
    return "the text key of tenant %s, or of the account, does not exist, or was destroyed; ask the operator"
        .formatted(tenant);
  }

  /** Failed without any offering having answered. */
  public static Ending failed(
      RequestFacts facts, int statusCode, String code, String message, Instant now) {
    InferenceResult.Builder result =
        result(facts, Outcome.FAILED, now)
            .setStatusCode(statusCode)
            .setErrorCode(code)
            .setErrorMessage(message);
    return new Ending(facts, result.build(), exchange(facts, Outcome.FAILED, now).build());
  }

  /** Failed at the offering that was called last, with what the provider said. */
  static Ending failedAt(RequestFacts facts, Completion completion, Instant now) {
    InferenceResult.Builder result =
        result(facts, Outcome.FAILED, now)
            .setStatusCode(
                completion.getStatusCode() == 0 ? BAD_GATEWAY : completion.getStatusCode())
            .setBody(completion.getSealed() == null ? completion.getBody() : null)
            .setErrorCode(
                completion.getErrorCode() == null ? "provider_error" : completion.getErrorCode())
            .setErrorMessage(
                completion.getErrorMessage() == null
                    ? "offering %s could not answer".formatted(completion.getOffering())
                    : completion.getErrorMessage());
    return by(
        facts,
        completion.getOffering(),
        completion.getLane(),
        result,
        exchange(facts, Outcome.FAILED, now));
  }

  /** Not answered by its deadline. */
  public static Ending expired(RequestFacts facts, Instant now) {
    InferenceResult.Builder result =
        result(facts, Outcome.EXPIRED, now)
            .setStatusCode(REQUEST_TIMEOUT)
            .setErrorCode("expired")
            .setErrorMessage(
                "no answer came before the deadline %s; submit it again with a later one"
                    .formatted(facts.getDeadline()));
    return new Ending(facts, result.build(), exchange(facts, Outcome.EXPIRED, now).build());
  }

  /** Its caller left before it was answered. */
  public static Ending withdrawn(RequestFacts facts, Instant now) {
    return failed(
        facts, CLIENT_CLOSED, CALLER_LEFT, "the caller left before an answer was there", now);
  }

  /** What a call cost whose answer reaches nobody: an exchange of its own, without any result. */
  static Exchange paid(RequestFacts leader, Completion completion) {
    Outcome outcome =
        switch (completion.getStatus()) {
          case ANSWERED -> Outcome.ANSWERED;
          case EXPIRED -> Outcome.EXPIRED;
          case RETRYABLE, REJECTED, SUSPENDED -> Outcome.FAILED;
        };
    return exchange(leader, outcome, completion.getFinishedAt())
        .setExchangeId(completion.getOrderId())
        .setSource(AnswerSource.PROVIDER)
        .setTier(completion.getTier())
        .setUsage(completion.getUsage())
        .setRawUsage(completion.getRawUsage())
        .setOffering(completion.getOffering())
        .setLane(completion.getLane())
        .build();
  }

  /** What {@code usage} was billed for, if anything. */
  static boolean costs(Completion completion) {
    Usage usage = completion.getUsage();
    return usage != null || completion.getRawUsage() != null;
  }

  /** Whether a call was made that nobody waited for to its end; what it used is not known then. */
  static boolean brokenOff(Completion completion) {
    return CALLER_LEFT.equals(completion.getErrorCode()) && completion.getCalls() > 0;
  }

  private static Ending by(
      RequestFacts facts,
      String offering,
      Lane lane,
      InferenceResult.Builder result,
      Exchange.Builder exchange) {
    return new Ending(
        facts,
        result.setOffering(offering).setLane(lane).build(),
        exchange.setOffering(offering).setLane(lane).build());
  }

  private static InferenceResult.Builder result(RequestFacts facts, Outcome outcome, Instant now) {
    return InferenceResult.newBuilder()
        .setRequestId(facts.getRequestId())
        .setTenant(facts.getTenant())
        .setAccount(facts.getAccount())
        .setReplyKey(facts.getReplyKey())
        .setCustomId(facts.getCustomId())
        .setLine(facts.getLine())
        .setOutcome(outcome)
        .setSource(AnswerSource.NONE)
        .setModel(facts.getModel())
        .setJurisdictions(facts.getJurisdictions())
        .setSubmittedAt(facts.getSubmittedAt())
        .setFinishedAt(now);
  }

  private static Exchange.Builder exchange(RequestFacts facts, Outcome outcome, Instant at) {
    return Exchange.newBuilder()
        .setExchangeId(facts.getRequestId())
        .setRequestId(facts.getRequestId())
        .setReplyKey(facts.getReplyKey())
        .setTenant(facts.getTenant())
        .setAccount(facts.getAccount())
        .setCostCentre(facts.getCostCentre())
        .setAt(at)
        .setModel(facts.getModel())
        .setServiceClass(facts.getServiceClass())
        .setJurisdictions(facts.getJurisdictions())
        .setOutcome(outcome)
        .setSource(AnswerSource.NONE)
        .setFeatures(facts.getFeatures())
        .setEarlierFeatures(facts.getEarlierFeatures())
        .setRelations(facts.getRelations());
  }
}
