package io.dualtrack.topology.admission;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Utf8;
import io.dualtrack.policy.control.ControlSnapshot;
import io.dualtrack.policy.control.TenantContract;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.Topics;
import io.dualtrack.topology.settlement.Ending;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Admits well-formed requests of known accounts, and says of every other one what is wrong. */
public final class Admission {

  public static final String CHAT = "/v1/chat/completions";
  public static final String EMBEDDINGS = "/v1/embeddings";

  private static final Set<String> ENDPOINTS = Set.of(CHAT, EMBEDDINGS);
  private static final int MAX_NAME_CHARS = 1_024;
  private static final int MAX_MODEL_CHARS = 256;
  private static final int MAX_ATTRIBUTE_CHARS = 64 * 1024;

  // Numbers keep their digits, because what is left of a body is sent on. Two fields of one name
  // would let a body say one thing here and another at the provider.
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build()
          .readerFor(JsonNode.class);

  /**
   * Reads a body that was admitted before, by the same rules.
   *
   * @throws IllegalStateException if it is no JSON object any more
   */
  public static ObjectNode admittedBody(String body) {
    try {
      return (ObjectNode) JSON.readTree(body);
    } catch (JsonProcessingException e) {
      // Without the cause: the parser's message quotes the body.
      throw new IllegalStateException("a body that was admitted is no JSON object any more");
    }
  }

  /** What came of a request. */
  public sealed interface Verdict {

    record Admitted(AdmittedRequest request) implements Verdict {}

    /**
     * @param statusCode HTTP status for the caller
     * @param text what is wrong and what to do, without any text of the request
     */
    record Invalid(int statusCode, String code, String text) implements Verdict {}

    /** The deadline passed before the request was read. */
    record Late() implements Verdict {}
  }

  public Verdict admit(InferenceRequest request, ControlSnapshot control, Instant now) {
    Optional<Verdict> unbounded = checkNames(request);
    if (unbounded.isPresent()) {
      return unbounded.get();
    }
    if (!request.getDeadline().isAfter(now)) {
      return new Verdict.Late();
    }
    if (!ENDPOINTS.contains(request.getEndpoint())) {
      return invalid(
          "ENDPOINT_UNSUPPORTED",
          "the endpoint is not supported; use %s or %s".formatted(CHAT, EMBEDDINGS));
    }
    Optional<TenantContract> contract = control.tenant(request.getTenant());
    if (contract.isEmpty()) {
      return new Verdict.Invalid(
          403,
          "UNKNOWN_TENANT",
          "tenant %s is not known; publish its contract".formatted(request.getTenant()));
    }
    Optional<Account> account = contract.get().account(request.getAccount());
    if (account.isEmpty()) {
      return new Verdict.Invalid(
          403,
          "UNKNOWN_ACCOUNT",
          "account %s is not in the contract of tenant %s; add it"
              .formatted(request.getAccount(), request.getTenant()));
    }
    return admitBody(request, contract.get(), account.get());
  }

  private static Verdict admitBody(
      InferenceRequest request, TenantContract contract, Account account) {
    if (request.getSealed() != null) {
      return new Verdict.Invalid(
          Ending.FORBIDDEN, Ending.TEXT_UNREADABLE, Ending.withoutKey(request.getTenant()));
    }
    int bytes = utf8Bytes(request.getBody());
    if (bytes > Topics.MAX_BODY_BYTES) {
      return invalid(
          "BODY_TOO_LARGE",
          "the body has %d bytes, but at most %d are taken; store its large fields, or split it"
              .formatted(bytes, Topics.MAX_BODY_BYTES));
    }
    JsonNode parsed;
    try {
      parsed = JSON.readTree(request.getBody());
    } catch (JsonProcessingException e) {
      // The parser's own message quotes the body.
      JsonLocation at = e.getLocation();
      return invalid(
          "BODY_NOT_JSON",
          at == null
              ? "the body is no valid JSON; send one JSON object"
              : "the body is no valid JSON at line %d, column %d; send one JSON object"
                  .formatted(at.getLineNr(), at.getColumnNr()));
    }
    if (!(parsed instanceof ObjectNode body)) {
      return invalid("BODY_NO_OBJECT", "the body is no JSON object; send one JSON object");
    }
    JsonNode model = body.get("model");
    if (model == null || !model.isTextual() || model.textValue().isBlank()) {
      return invalid("MODEL_MISSING", "the body names no model; add \"model\"");
    }
    if (model.textValue().length() > MAX_MODEL_CHARS) {
      return invalid(
          "MODEL_INVALID",
          "the model's name has more than %d characters; name a model of the contract"
              .formatted(MAX_MODEL_CHARS));
    }
    return new Verdict.Admitted(
        new AdmittedRequest(request, body, model.textValue(), contract, account, null));
  }

  private static Optional<Verdict> checkNames(InferenceRequest request) {
    List<String> names =
        Stream.of(
                request.getRequestId(),
                request.getTenant(),
                request.getAccount(),
                request.getReplyKey(),
                request.getCustomId(),
                request.getEndpoint(),
                request.getCostCentre(),
                request.getDeviceFingerprint(),
                request.getNetworkFingerprint())
            .filter(Objects::nonNull)
            .toList();
    if (names.stream().anyMatch(name -> name.length() > MAX_NAME_CHARS)) {
      return Optional.of(
          invalid(
              "NAME_TOO_LONG",
              "an id of the request has more than %d characters; shorten it"
                  .formatted(MAX_NAME_CHARS)));
    }
    if (request.getRequestId().isBlank() || request.getRequestId().indexOf('\0') >= 0) {
      return Optional.of(
          invalid("REQUEST_ID_INVALID", "the request id is blank or holds a NUL; set another one"));
    }
    long attributeChars = 0;
    for (Attribute attribute : request.getAttributes()) {
      attributeChars += attribute.getName().length();
      for (String value : attribute.getValues()) {
        attributeChars += value.length() + 1;
      }
    }
    return attributeChars > MAX_ATTRIBUTE_CHARS
        ? Optional.of(
            invalid(
                "ATTRIBUTES_TOO_LARGE",
                "the attributes have more than %d characters; send fewer"
                    .formatted(MAX_ATTRIBUTE_CHARS)))
        : Optional.empty();
  }

  private static int utf8Bytes(String text) {
    try {
      return Utf8.encodedLength(text);
    } catch (IllegalArgumentException unpairedSurrogate) {
      return text.length() * 3;
    }
  }

  private static Verdict.Invalid invalid(String code, String text) {
    return new Verdict.Invalid(400, code, text);
  }
}
