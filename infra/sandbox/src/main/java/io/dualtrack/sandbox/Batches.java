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
   * @param lostAnswers batches that are made next without their caller being told: the connection
   *     is reset
   */
  record Behaviour(
      @JsonProperty("delay_ms") long delayMs,
      @JsonProperty("expire_share") double expireShare,
      @JsonProperty("failing") boolean failing,
      @JsonProperty("lost_answers") int lostAnswers) {
    Behaviour {
      if (delayMs < 0 || !(expireShare >= 0 && expireShare <= 1) || lostAnswers < 0) {
        throw new IllegalArgumentException(
            "delay_ms or lost_answers is below 0, or expire_share not within 0 … 1");
      }
    }
  }

  /**
   * @param lost whether the caller does not get it
   */
  record Answer(String contentType, byte[] body, boolean lost) {
    static Answer json(JsonNode node) {
      return new Answer("application/json", Checks.bytes(node), false);
    }

    static Answer lines(String contentType, byte[] body) {
      return new Answer(contentType, body, false);
    }
  }

  private static final double HASH_STEPS = 1 << 30;

  private final OpenAiBatches openAi = new OpenAiBatches(this);
  private final AnthropicBatches anthropic = new AnthropicBatches(this);
  private int lostAnswers;
  private int made;
  private int cancelled;
  private Behaviour behaviour = new Behaviour(0, 0, false, 0);

  static boolean knows(Route route) {
    return switch (route.dialectName()) {
      case "openai" -> route.path().startsWith("/files") || route.path().startsWith("/batches");
      case "anthropic" -> route.path().startsWith("/messages/batches");
      default -> false;
    };
  }

  /** Holds for the batches that are in progress, too. */
  void set(Behaviour other) {
    behaviour = other;
    lostAnswers = other.lostAnswers();
  }

  Behaviour behaviour() {
    return behaviour;
  }

  /** Batches that were ever made. */
  int made() {
    return made;
  }

  /** Batches that were asked to stop before they ended. */
  int cancelled() {
    return cancelled;
  }

  void oneMade() {
    made++;
  }

  void oneCancelled() {
    cancelled++;
  }

  /**
   * @throws Refusal where the provider would reject the call
   */
  Answer answer(Route route, FullHttpRequest request) {
    int before = made;
    Answer answer =
        route.dialectName().equals("anthropic")
            ? anthropic.answer(route, request)
            : openAi.answer(route, request);
    if (lostAnswers > 0 && made > before) {
      lostAnswers--;
      return new Answer(answer.contentType(), answer.body(), true);
    }
    return answer;
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
