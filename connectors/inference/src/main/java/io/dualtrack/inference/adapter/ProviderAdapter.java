package io.dualtrack.inference.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.access.ImpossibleException;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Offering;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What all dialects have in common: JSON over HTTP, and the meaning of HTTP's status codes. */
public abstract class ProviderAdapter implements Adapter {

  /**
   * Answers that may become longer than this many tokens are asked for as streams, so that one that
   * is given up in its middle can be metered. Shorter ones are cheaper in one piece.
   */
  public static final long STREAM_ABOVE_TOKENS = 512;

  /** What an answer is reckoned to have for the quota where its request sets no limit. */
  private static final long USUAL_OUTPUT_TOKENS = 256;

  /** Codes that may be passed on: anything else could be made of the request's text. */
  private static final Pattern CODE = Pattern.compile("[a-z][a-z0-9_.]{0,63}");

  /** The provider refuses this process or this model, whatever the request says. */
  private static final Set<Integer> REFUSES_US = Set.of(401, 402, 403, 404, 407);

  /** 424 is Bedrock's word for a model that failed. */
  private static final Set<Integer> MAY_PASS = Set.of(408, 409, 424, 425, 429);

  private final InstantSource clock;

  protected ProviderAdapter(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * @param body the order's, which may be changed
   */
  protected abstract ProviderRequest request(
      DispatchOrder order, Offering offering, ObjectNode body, Delivery delivery)
      throws ImpossibleException;

  /**
   * What a body of a 2xx answer means.
   *
   * @param text the body as it came
   * @return empty where it holds no answer
   */
  protected abstract Optional<Verdict> success(
      DispatchOrder order, int statusCode, JsonNode body, String text);

  /**
   * The provider's error in OpenAI's form: message, type, param, code. Empty where there is none.
   */
  protected abstract Optional<ObjectNode> error(JsonNode body);

  @Override
  public final Preparation prepare(DispatchOrder order, Offering offering, Delivery delivery) {
    try {
      if (Json.MAPPER.readTree(order.getBody()) instanceof ObjectNode body) {
        OutputLimit.refuseBeyond(body, offering);
        return new Preparation.Ready(request(order, offering, body, delivery));
      }
      return malformedOrder();
    } catch (JsonProcessingException e) {
      return malformedOrder();
    } catch (ImpossibleException e) {
      return e.impossible();
    }
  }

  private static Preparation malformedOrder() {
    return new Preparation.Impossible("malformed_order", "the order's body is not a JSON object");
  }

  /** Headers of every call. */
  protected static Map<String, String> headers(DispatchOrder order, boolean streamed, String type) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/json");
    headers.put("Accept", streamed ? type : "application/json");
    headers.put("Idempotency-Key", order.getOrderId());
    return headers;
  }

  /**
   * @param outputLimit the request's own, in tokens; 0 where it sets none
   */
  protected static boolean streams(Delivery delivery, long outputLimit) {
    return delivery == Delivery.DIRECT && (outputLimit == 0 || outputLimit > STREAM_ABOVE_TOKENS);
  }

  /** Tokens of input and output, for the quota. */
  protected static long estimate(DispatchOrder order, long outputLimit, boolean generates) {
    long output = !generates ? 0 : outputLimit == 0 ? USUAL_OUTPUT_TOKENS : outputLimit;
    return TokenCount.estimate(order.getBody().length()) + output;
  }

  @Override
  public final Verdict read(DispatchOrder order, Reply.Answered answer) {
    int status = answer.statusCode();
    if (status / 100 == 2) {
      return readSuccess(order, answer);
    }
    if (status / 100 == 3) {
      return new Verdict.Failed(
          status,
          "redirected",
          "the provider redirects, which is not followed",
          false,
          false,
          null);
    }
    if (status >= 500 || MAY_PASS.contains(status)) {
      return passing(answer);
    }
    if (REFUSES_US.contains(status)) {
      // The body may quote the key, and the caller cannot mend it.
      return new Verdict.Failed(
          status,
          status == 404 ? "not_found" : "credential_refused",
          "the provider answered " + status + " to this deployment",
          false,
          false,
          null);
    }
    return rejected(status, error(Json.parse(answer.body())));
  }

  private Verdict readSuccess(DispatchOrder order, Reply.Answered answer) {
    Optional<String> text = isJson(answer.headers()) ? Json.text(answer.body()) : Optional.empty();
    return text.flatMap(body -> success(order, answer.statusCode(), Json.parse(body), body))
        .orElseGet(
            () ->
                new Verdict.Failed(
                    answer.statusCode(),
                    "malformed_answer",
                    "the provider answered %d with a body of %d bytes that holds no answer"
                        .formatted(answer.statusCode(), answer.body().length),
                    true,
                    false,
                    null));
  }

  /** A page of a proxy or a login is no answer, whatever is in it. */
  private static boolean isJson(HttpHeaders headers) {
    String type = headers.firstValue("content-type").orElse("").toLowerCase(Locale.ROOT);
    return type.isEmpty() || type.contains("json");
  }

  private Verdict passing(Reply.Answered answer) {
    int status = answer.statusCode();
    HttpHeaders headers = answer.headers();
    Duration after = RetryAfter.of(headers, clock.instant()).orElse(null);
    boolean again = headers.firstValue("x-should-retry").filter("false"::equals).isEmpty();
    String code =
        switch (status) {
          case 429 -> "rate_limited";
          case 408 -> "timeout";
          case 409, 425 -> "conflict";
          default -> "server_error";
        };
    if (status == 429
        && error(Json.parse(answer.body()))
            .filter(error -> error.path("code").asText().equals("insufficient_quota"))
            .isPresent()) {
      // The account is out of money: no pause mends that.
      code = "insufficient_quota";
      again = false;
    }
    boolean holds = status == 429 || after != null;
    return new Verdict.Failed(status, code, "the provider answered " + status, again, holds, after);
  }

  private static Verdict rejected(int status, Optional<ObjectNode> given) {
    String message = "the provider rejected the request with " + status;
    ObjectNode error =
        given.orElseGet(
            () ->
                openAiError(
                    message + ", and gave no reason in a known form",
                    "invalid_request_error",
                    "rejected"));
    String code = error.path("code").asText("");
    ObjectNode body = Json.object();
    body.set("error", error);
    return new Verdict.Rejected(
        status, Json.string(body), CODE.matcher(code).matches() ? code : "rejected", message);
  }

  /** An error as OpenAI's clients expect it. */
  protected static ObjectNode openAiError(String message, String type, String code) {
    return Json.object()
        .put("message", message)
        .put("type", type)
        .putNull("param")
        .put("code", code);
  }
}
