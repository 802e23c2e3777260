package io.dualtrack.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Set;

/** What the dialects check alike. */
final class Checks {

  static final ObjectMapper MAPPER =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);

  private Checks() {}

  static ObjectNode object(byte[] body) {
    JsonNode request;
    try {
      request = MAPPER.readTree(body);
    } catch (JsonProcessingException e) {
      throw Refusal.badRequest(null, null, "The body is not valid JSON.");
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory", e);
    }
    if (request instanceof ObjectNode object) {
      return object;
    }
    throw Refusal.badRequest(null, null, "The body is not a JSON object.");
  }

  /** The name of a field that is not known; null where all are. */
  static String unknown(JsonNode object, Set<String> known) {
    Iterator<String> names = object.fieldNames();
    while (names.hasNext()) {
      String name = names.next();
      if (!known.contains(name)) {
        return name;
      }
    }
    return null;
  }

  static void range(JsonNode object, String name, double least, double most) {
    JsonNode value = object.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return;
    }
    if (!value.isNumber() || value.doubleValue() < least || value.doubleValue() > most) {
      throw Refusal.badRequest(
          "invalid_value", name, "'%s' must be within %s and %s.".formatted(name, least, most));
    }
  }

  static void positive(JsonNode object, String name) {
    JsonNode value = object.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return;
    }
    if (!value.isIntegralNumber() || value.longValue() < 1) {
      throw Refusal.badRequest("invalid_value", name, "'%s' must be at least 1.".formatted(name));
    }
  }

  static byte[] bytes(JsonNode node) {
    try {
      return MAPPER.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree that cannot be written", e);
    }
  }

  static byte[] event(String type, JsonNode data) {
    ByteArrayOutputStream event = new ByteArrayOutputStream(512);
    if (!type.isEmpty()) {
      event.writeBytes(("event: " + type + "\n").getBytes(StandardCharsets.US_ASCII));
    }
    event.writeBytes(DATA);
    event.writeBytes(bytes(data));
    event.writeBytes(END);
    return event.toByteArray();
  }
}
