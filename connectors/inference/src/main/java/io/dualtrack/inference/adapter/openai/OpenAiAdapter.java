package io.dualtrack.inference.adapter.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.access.Credentials;
import io.dualtrack.inference.adapter.Adapter;
import io.dualtrack.inference.adapter.Preparation;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.inference.adapter.Reply;
import io.dualtrack.inference.adapter.RetryAfter;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Offering;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** OpenAI and those that answer like it: Azure, Mistral, Together, Fireworks, vLLM, Ollama, … */
public final class OpenAiAdapter implements Adapter {

  private static final Logger LOG = LoggerFactory.getLogger(OpenAiAdapter.class);

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final String VERSION_PATH = "/v1";

  /** A usage object is some hundred bytes; a longer one is not copied into the record. */
  private static final int LONGEST_USAGE = 16_384;

  /** What a token is in characters, roughly, for the quota's estimate. */
  private static final int CHARACTERS_PER_TOKEN = 4;

  /** Codes that may be passed on: anything else could be made of the request's text. */
  private static final Pattern CODE = Pattern.compile("[a-z][a-z0-9_.]{0,63}");

  /** The provider refuses this process or this model, whatever the request says. */
  private static final Set<Integer> REFUSES_US = Set.of(401, 402, 403, 404, 407);

  /** Targets that are remembered; there are a few for each offering. */
  private static final int MOST_TARGETS = 10_000;

  private record Target(String endpoint, String path) {}

  private static final Set<Integer> MAY_PASS = Set.of(408, 409, 425, 429);

  private final Credentials credentials;
  private final Map<String, String> endpoints;
  private final InstantSource clock;
  private final Set<String> missingVariables = ConcurrentHashMap.newKeySet();
  private final Map<Target, Optional<URI>> uris = new ConcurrentHashMap<>();

  /**
   * @param endpoints base URL by name, for offerings that name their endpoint
   */
  public OpenAiAdapter(
      Credentials credentials, Map<String, String> endpoints, InstantSource clock) {
    this.credentials = credentials;
    this.endpoints = Map.copyOf(endpoints);
    this.clock = clock;
  }

  @Override
  public String dialect() {
    return "openai";
  }

  @Override
  public Preparation prepare(DispatchOrder order, Offering offering, Delivery delivery) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/json");
    headers.put("Accept", "application/json");
    headers.put("Idempotency-Key", order.getOrderId());
    String variable = offering.getKeyVariable();
    if (variable != null) {
      Optional<String> key = credentials.key(variable);
      if (key.isEmpty()) {
        if (missingVariables.add(variable)) {
          LOG.error("environment variable {} is not set; offering={}", variable, offering.getId());
        }
        return new Preparation.Impossible(
            "credential_missing",
            "offering %s needs its key in the environment variable %s of the dispatcher, which is not set"
                .formatted(offering.getId(), variable));
      }
      headers.put("Authorization", "Bearer " + key.get());
    }
    Optional<URI> uri = uri(offering.getEndpoint(), order.getEndpoint());
    if (uri.isEmpty()) {
      return new Preparation.Impossible(
          "unknown_endpoint",
          "offering %s has the endpoint %s, which is neither an http(s) URL nor a configured name"
              .formatted(offering.getId(), offering.getEndpoint()));
    }
    return body(order, offering, uri.get(), headers);
  }

  private Preparation body(
      DispatchOrder order, Offering offering, URI uri, Map<String, String> headers) {
    try {
      if (!(JSON.readTree(order.getBody()) instanceof ObjectNode body)) {
        return malformedOrder();
      }
      body.put("model", offering.getProviderModel());
      // The answer travels in one record, so it is asked for in one piece.
      body.remove("stream");
      body.remove("stream_options");
      long output =
          Math.max(limit(body.path("max_completion_tokens")), limit(body.path("max_tokens")));
      long tokens = order.getBody().length() / CHARACTERS_PER_TOKEN + output;
      return new Preparation.Ready(
          new ProviderRequest(uri, headers, JSON.writeValueAsBytes(body), tokens));
    } catch (JsonProcessingException e) {
      return malformedOrder();
    }
  }

  private static Preparation malformedOrder() {
    return new Preparation.Impossible("malformed_order", "the order's body is not a JSON object");
  }

  private static long limit(JsonNode node) {
    return node.canConvertToInt() ? Math.max(0, node.intValue()) : 0;
  }

  private Optional<URI> uri(String endpoint, String path) {
    if (uris.size() > MOST_TARGETS) {
      uris.clear();
    }
    return uris.computeIfAbsent(
        new Target(endpoint, path), target -> resolve(target.endpoint(), target.path()));
  }

  private Optional<URI> resolve(String endpoint, String path) {
    String base = endpoint.contains("://") ? endpoint : endpoints.get(endpoint);
    if (base == null) {
      return Optional.empty();
    }
    String stem = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    String rest =
        path.startsWith(VERSION_PATH + "/") ? path.substring(VERSION_PATH.length()) : path;
    try {
      URI root = new URI(stem);
      URI uri = new URI(stem + rest).normalize();
      boolean usable =
          ("http".equals(root.getScheme()) || "https".equals(root.getScheme()))
              && root.getHost() != null
              && root.getUserInfo() == null
              && uri.toString().startsWith(stem + "/");
      return usable ? Optional.of(uri) : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  @Override
  public Verdict read(DispatchOrder order, Reply.Answered answer) {
    int status = answer.statusCode();
    if (status / 100 == 2) {
      return success(order, answer);
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
    return rejected(answer);
  }

  private Verdict passing(Reply.Answered answer) {
    int status = answer.statusCode();
    HttpHeaders headers = answer.headers();
    Duration after = RetryAfter.of(headers, clock.instant()).orElse(null);
    boolean again = !headers.firstValue("x-should-retry").filter("false"::equals).isPresent();
    String code =
        switch (status) {
          case 429 -> "rate_limited";
          case 408 -> "timeout";
          case 409, 425 -> "conflict";
          default -> "server_error";
        };
    boolean holds = status == 429 || after != null;
    return new Verdict.Failed(status, code, "the provider answered " + status, again, holds, after);
  }

  private static Verdict rejected(Reply.Answered answer) {
    int status = answer.statusCode();
    String message = "the provider rejected the request with " + status;
    Optional<String> text = text(answer.body());
    JsonNode error = text.map(OpenAiAdapter::parse).orElse(JSON.missingNode()).path("error");
    if (error.isObject()) {
      String code = error.path("code").asText("");
      return new Verdict.Rejected(
          status, text.get(), CODE.matcher(code).matches() ? code : "rejected", message);
    }
    ObjectNode body = JSON.createObjectNode();
    body.putObject("error")
        .put("message", message + ", and gave no reason in OpenAI's form")
        .put("type", "invalid_request_error")
        .putNull("param")
        .put("code", "rejected");
    return new Verdict.Rejected(status, body.toString(), "rejected", message);
  }

  private static Verdict success(DispatchOrder order, Reply.Answered answer) {
    int status = answer.statusCode();
    Optional<String> text = text(answer.body());
    JsonNode body = text.map(OpenAiAdapter::parse).orElse(JSON.missingNode());
    if (!holdsAnswer(body, order.getEndpoint())) {
      return new Verdict.Failed(
          status,
          "malformed_answer",
          "the provider answered %d with a body of %d bytes that holds no answer"
              .formatted(status, answer.body().length),
          true,
          false,
          null);
    }
    JsonNode raw = body.path("usage");
    if (raw.isMissingNode() || raw.isNull()) {
      return new Verdict.Answer(status, text.get(), null, null, "the answer has no usage");
    }
    OpenAiUsage usage = OpenAiUsage.of(raw);
    String rawText = raw.toString();
    return new Verdict.Answer(
        status,
        text.get(),
        usage.usage(),
        rawText.length() <= LONGEST_USAGE ? rawText : null,
        usage.problem());
  }

  private static boolean holdsAnswer(JsonNode body, String endpoint) {
    String field =
        endpoint.endsWith("/embeddings")
            ? "data"
            : endpoint.endsWith("/responses") ? "output" : "choices";
    return body.path(field).isArray() && !body.path(field).isEmpty();
  }

  /** Empty where the bytes are not UTF-8: replaced characters would change the answer. */
  private static Optional<String> text(byte[] bytes) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }
}
