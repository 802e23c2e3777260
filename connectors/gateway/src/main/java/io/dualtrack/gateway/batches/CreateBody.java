package io.dualtrack.gateway.batches;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.responses.ResponsesRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The body of a create.
 *
 * @param outputSeconds how long the output is kept; null for the usual
 */
record CreateBody(
    String inputFile,
    String endpoint,
    String completionWindow,
    Duration window,
    Map<String, String> metadata,
    Long outputSeconds) {

  static final Set<String> ENDPOINTS =
      Set.of("/v1/chat/completions", "/v1/embeddings", ResponsesRequest.ENDPOINT);

  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(20).build())
              .build());

  private static final int MAX_PAIRS = 16;
  private static final int MAX_KEY_CHARS = 64;
  private static final int MAX_VALUE_CHARS = 512;
  private static final long MIN_SECONDS = 3_600;
  private static final long MAX_SECONDS = 2_592_000;

  /** OpenAI knows 24h; results are kept long enough for some more. */
  private static final Pattern WINDOW = Pattern.compile("([1-9][0-9]{0,5})([smh])");

  private static final Duration MAX_WINDOW = Duration.ofHours(72);

  /**
   * @throws io.dualtrack.gateway.error.ApiException with 400 naming the field that is wrong
   */
  static CreateBody read(byte[] bytes) throws IOException {
    ObjectNode body;
    try {
      if (!(JSON.readTree(bytes) instanceof ObjectNode object)) {
        throw invalid(null, "The body must be a JSON object.");
      }
      body = object;
    } catch (JsonProcessingException e) {
      // The parser's own message quotes the body.
      throw invalid(null, "The body is no valid JSON object.");
    }
    String endpoint = text(body, "endpoint");
    if (!ENDPOINTS.contains(endpoint)) {
      throw invalid(
          "endpoint",
          "endpoint must be one of %s."
              .formatted(String.join(", ", ENDPOINTS.stream().sorted().toList())));
    }
    String window = text(body, "completion_window");
    return new CreateBody(
        text(body, "input_file_id"),
        endpoint,
        window,
        window(window),
        metadata(body.path("metadata")),
        outputSeconds(body.path("output_expires_after")));
  }

  private static String text(ObjectNode body, String field) {
    JsonNode value = body.path(field);
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw invalid(field, "%s must be a text.".formatted(field));
    }
    return value.textValue();
  }

  private static Duration window(String text) {
    Matcher matcher = WINDOW.matcher(text);
    Duration window = matcher.matches() ? window(matcher) : Duration.ZERO;
    if (window.isZero() || window.compareTo(MAX_WINDOW) > 0) {
      throw invalid(
          "completion_window",
          "completion_window must be 24h, or another time from 1s to 72h such as 30s or 10m.");
    }
    return window;
  }

  private static Duration window(Matcher text) {
    long amount = Long.parseLong(text.group(1));
    return switch (text.group(2)) {
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      default -> Duration.ofHours(amount);
    };
  }

  private static Map<String, String> metadata(JsonNode metadata) {
    Map<String, String> pairs = new TreeMap<>();
    if (metadata.isMissingNode() || metadata.isNull()) {
      return pairs;
    }
    if (!metadata.isObject() || metadata.size() > MAX_PAIRS) {
      throw invalid(
          "metadata", "metadata must be an object with at most %d pairs.".formatted(MAX_PAIRS));
    }
    for (Map.Entry<String, JsonNode> pair : metadata.properties()) {
      JsonNode value = pair.getValue();
      if (pair.getKey().length() > MAX_KEY_CHARS
          || !value.isTextual()
          || value.textValue().length() > MAX_VALUE_CHARS) {
        throw invalid(
            "metadata",
            "metadata has keys of at most %d and texts of at most %d characters."
                .formatted(MAX_KEY_CHARS, MAX_VALUE_CHARS));
      }
      pairs.put(pair.getKey(), value.textValue());
    }
    return pairs;
  }

  private static Long outputSeconds(JsonNode expires) {
    if (expires.isMissingNode() || expires.isNull()) {
      return null;
    }
    JsonNode seconds = expires.path("seconds");
    if (!expires.path("anchor").asText().equals("created_at")
        || !seconds.isIntegralNumber()
        || seconds.longValue() < MIN_SECONDS
        || seconds.longValue() > MAX_SECONDS) {
      throw invalid(
          "output_expires_after",
          "output_expires_after must have anchor created_at and seconds from %d to %d."
              .formatted(MIN_SECONDS, MAX_SECONDS));
    }
    return seconds.longValue();
  }

  private static RuntimeException invalid(String param, String message) {
    return ApiError.invalid("invalid_value", param, message).toException();
  }
}
