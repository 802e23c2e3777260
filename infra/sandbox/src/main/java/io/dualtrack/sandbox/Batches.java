package io.dualtrack.sandbox;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.FullHttpRequest;
import java.util.List;

/**
 * The providers' batch APIs: OpenAI's files and batches, Anthropic's message batches. A batch is
 * ready a set time after it was made, line after line in that time; what is done when it is
 * cancelled is kept.
 */
final class Batches {

  /**
   * How batches go.
   *
   * @param delayMs milliseconds from the making of a batch to its end
   * @param expireShare share of lines, 0 … 1, that expire, told by the hash of their custom id
   * @param failing whether a batch fails as a whole
   */
  record Behaviour(
      @JsonProperty("delay_ms") long delayMs,
      @JsonProperty("expire_share") double expireShare,
      @JsonProperty("failing") boolean failing) {
    Behaviour {
      if (delayMs < 0 || !(expireShare >= 0 && expireShare <= 1)) {
        throw new IllegalArgumentException("delay_ms is below 0 or expire_share not within 0 … 1");
      }
    }
  }

  record Answer(String contentType, byte[] body) {
    static Answer json(JsonNode node) {
      return new Answer("application/json", Checks.bytes(node));
    }
  }

  private static final double HASH_STEPS = 1 << 30;

  private final OpenAiBatches openAi = new OpenAiBatches(this);
  private final AnthropicBatches anthropic = new AnthropicBatches(this);
  private Behaviour behaviour = new Behaviour(0, 0, false);

  static boolean knows(String path) {
    return path.startsWith("/files")
        || path.startsWith("/batches")
        || path.startsWith("/messages/batches");
  }

  void set(Behaviour other) {
    behaviour = other;
  }

  Behaviour behaviour() {
    return behaviour;
  }

  /** Batches that were made. */
  int count() {
    return openAi.count() + anthropic.count();
  }

  /**
   * @throws Refusal where the provider would reject the call
   */
  Answer answer(Route route, FullHttpRequest request) {
    return route.path().startsWith("/messages/")
        ? anthropic.answer(route, request)
        : openAi.answer(route, request);
  }

  /** The number of a batch's lines that are done. */
  static int done(int lines, long madeAt, long endedAt, long delayMs) {
    return delayMs <= 0 || endedAt - madeAt >= delayMs
        ? lines
        : (int) (lines * (endedAt - madeAt) / delayMs);
  }

  static boolean expires(String customId, double share) {
    long hash = Hash.of(customId.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    return (hash >>> 34) / HASH_STEPS < share;
  }

  /** A page of a list, newest first. */
  static ObjectNode page(List<ObjectNode> newestFirst, Route route, String afterName, int usual) {
    String after = parameter(route, afterName, "");
    int limit = Integer.parseInt(parameter(route, "limit", Integer.toString(usual)));
    ObjectNode root = Checks.MAPPER.createObjectNode();
    var data = root.putArray("data");
    boolean begun = after.isEmpty();
    boolean more = false;
    for (ObjectNode each : newestFirst) {
      if (begun && data.size() == limit) {
        more = true;
        break;
      }
      if (begun) {
        data.add(each);
      }
      begun |= each.path("id").asText().equals(after);
    }
    root.put("first_id", data.isEmpty() ? null : data.get(0).path("id").asText());
    root.put("last_id", data.isEmpty() ? null : data.get(data.size() - 1).path("id").asText());
    return root.put("has_more", more);
  }

  private static String parameter(Route route, String name, String otherwise) {
    for (String pair : route.query().split("&", -1)) {
      if (pair.startsWith(name + "=")) {
        return pair.substring(name.length() + 1);
      }
    }
    return otherwise;
  }
}
