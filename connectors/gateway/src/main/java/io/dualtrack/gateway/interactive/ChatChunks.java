package io.dualtrack.gateway.interactive;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Writes a whole chat answer as the chunks that OpenAI's clients put together again.
 *
 * <p>Nothing is sent before the answer is committed, since a part that was sent could not be taken
 * back; so the parts come at once, and a client that knows streams alone can use the service.
 */
final class ChatChunks {

  private static final JsonMapper JSON = new JsonMapper();
  private static final String[] COPIED = {
    "id", "created", "model", "service_tier", "system_fingerprint"
  };

  private final JsonNode answer;
  private final boolean withUsage;

  /**
   * @param answer a {@code chat.completion}
   * @param withUsage whether the caller asked for usage in {@code stream_options}
   */
  ChatChunks(JsonNode answer, boolean withUsage) {
    this.answer = answer;
    this.withUsage = withUsage;
  }

  void write(OutputStream out) throws IOException {
    for (JsonNode choice : answer.path("choices")) {
      JsonNode message = choice.path("message");
      ObjectNode first = JSON.createObjectNode();
      first.put("role", message.path("role").asText("assistant"));
      if (message.path("content").isTextual() && !message.hasNonNull("tool_calls")) {
        first.put("content", "");
      }
      write(out, chunk(choice, first, null));
      ObjectNode rest = delta(message);
      if (!rest.isEmpty()) {
        ObjectNode chunk = chunk(choice, rest, null);
        if (choice.hasNonNull("logprobs")) {
          ((ObjectNode) chunk.path("choices").path(0)).set("logprobs", choice.get("logprobs"));
        }
        write(out, chunk);
      }
      write(
          out, chunk(choice, JSON.createObjectNode(), choice.path("finish_reason").asText("stop")));
    }
    if (withUsage) {
      ObjectNode chunk = envelope();
      chunk.putArray("choices");
      chunk.set("usage", answer.path("usage").isMissingNode() ? null : answer.get("usage"));
      write(out, chunk);
    }
    out.write("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private ObjectNode delta(JsonNode message) {
    ObjectNode delta = JSON.createObjectNode();
    for (Map.Entry<String, JsonNode> field : message.properties()) {
      if (field.getKey().equals("tool_calls") && field.getValue().isArray()) {
        ArrayNode calls = delta.putArray("tool_calls");
        int index = 0;
        for (JsonNode call : field.getValue()) {
          ObjectNode indexed = calls.addObject();
          indexed.put("index", index++);
          indexed.setAll((ObjectNode) call);
        }
      } else if (!field.getKey().equals("role") && !field.getValue().isNull()) {
        delta.set(field.getKey(), field.getValue());
      }
    }
    return delta;
  }

  private ObjectNode chunk(JsonNode choice, ObjectNode delta, String finishReason) {
    ObjectNode chunk = envelope();
    ObjectNode part = chunk.putArray("choices").addObject();
    part.put("index", choice.path("index").asInt());
    part.set("delta", delta);
    part.putNull("logprobs");
    part.put("finish_reason", finishReason);
    if (withUsage) {
      chunk.putNull("usage");
    }
    return chunk;
  }

  private ObjectNode envelope() {
    ObjectNode chunk = JSON.createObjectNode();
    chunk.put("object", "chat.completion.chunk");
    for (String field : COPIED) {
      if (answer.has(field)) {
        chunk.set(field, answer.get(field));
      }
    }
    return chunk;
  }

  private static void write(OutputStream out, ObjectNode chunk) throws IOException {
    out.write("data: ".getBytes(StandardCharsets.UTF_8));
    out.write(JSON.writeValueAsBytes(chunk));
    out.write("\n\n".getBytes(StandardCharsets.UTF_8));
  }
}
