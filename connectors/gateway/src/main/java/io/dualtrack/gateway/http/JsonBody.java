package io.dualtrack.gateway.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.error.ApiError;
import java.io.IOException;
import java.util.Map;

/** Reads the body of one request, and says what is wrong with it without quoting it. */
public final class JsonBody {

  private static final int DEEPEST = 128;

  // As admission reads it: numbers keep their digits, and no field may come twice.
  private static final ObjectReader JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build()
          .readerFor(JsonNode.class);

  private JsonBody() {}

  /**
   * @throws io.dualtrack.gateway.error.ApiException with 400 where it is no JSON object, nests too
   *     deep, or holds text that is no Unicode
   */
  public static ObjectNode read(byte[] bytes) throws IOException {
    JsonNode body;
    try {
      body = JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      // The parser's own message quotes the body.
      JsonLocation at = e.getLocation();
      throw ApiError.invalid(
              "invalid_json",
              null,
              at == null
                  ? "The body is no valid JSON."
                  : "The body is no valid JSON at line %d, column %d."
                      .formatted(at.getLineNr(), at.getColumnNr()))
          .toException();
    }
    if (!(body instanceof ObjectNode object)) {
      throw ApiError.invalid("invalid_json", null, "The body must be one JSON object.")
          .toException();
    }
    requireUnicode(object);
    return object;
  }

  private static void requireUnicode(JsonNode node) {
    if (node.isTextual()) {
      requireUnicode(node.textValue());
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      requireUnicode(field.getKey());
      requireUnicode(field.getValue());
    }
    if (node.isArray()) {
      node.forEach(JsonBody::requireUnicode);
    }
  }

  /** Half of a surrogate pair has no UTF-8; a service behind would replace it, or fail. */
  private static void requireUnicode(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          throw ApiError.invalid(
                  "invalid_unicode", null, "The body holds half of a surrogate pair.")
              .toException();
        }
        i++;
      }
    }
  }
}
