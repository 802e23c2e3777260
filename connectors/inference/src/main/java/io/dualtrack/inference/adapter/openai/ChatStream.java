package io.dualtrack.inference.adapter.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.adapter.Json;
import io.dualtrack.inference.adapter.Metered;
import io.dualtrack.inference.adapter.TokenCount;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.inference.adapter.stream.EventAnswer;
import io.dualtrack.schemas.Usage;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The chunks of a chat completion, put together to the object that one piece would have been. */
final class ChatStream extends EventAnswer {

  private static final byte[] DONE = {'[', 'D', 'O', 'N', 'E', ']'};

  private static final class Choice {
    private final Delta message = new Delta();
    private final ObjectNode rest = Json.object();
    private Delta logprobs;
    private JsonNode finishReason;
  }

  private final long estimatedInput;
  private final ObjectNode top = Json.object();
  private final Map<Integer, Choice> choices = new TreeMap<>();
  private JsonNode usage;
  private long generated;

  /**
   * @param estimatedInput tokens, for an answer that breaks off before the provider counts
   */
  ChatStream(long estimatedInput) {
    this.estimatedInput = estimatedInput;
  }

  @Override
  protected void take(String event, byte[] data) {
    if (java.util.Arrays.equals(data, DONE)) {
      done();
      return;
    }
    if (!(Json.parse(data) instanceof ObjectNode chunk)) {
      malformed();
      return;
    }
    if (chunk.hasNonNull("error")) {
      String code = chunk.path("error").path("code").asText("");
      boolean limited = code.equals("rate_limit_exceeded") || code.equals("429");
      failed(limited ? "rate_limited" : "server_error", true, limited);
      return;
    }
    for (Map.Entry<String, JsonNode> field : chunk.properties()) {
      switch (field.getKey()) {
        case "choices" -> field.getValue().forEach(this::choice);
        case "usage" -> {
          if (field.getValue().isObject()) {
            usage = field.getValue();
          }
        }
        default -> {
          if (!field.getValue().isNull() || !top.has(field.getKey())) {
            top.set(field.getKey(), field.getValue());
          }
        }
      }
    }
  }

  private void choice(JsonNode from) {
    Choice choice = choices.computeIfAbsent(from.path("index").asInt(0), index -> new Choice());
    for (Map.Entry<String, JsonNode> field : from.properties()) {
      JsonNode value = field.getValue();
      switch (field.getKey()) {
        case "index" -> {}
        case "delta" -> {
          if (value instanceof ObjectNode delta) {
            int more = choice.message.add(delta);
            generated += more;
            kept(more);
          }
        }
        case "finish_reason" -> {
          if (!value.isNull()) {
            choice.finishReason = value;
          }
        }
        case "logprobs" -> {
          if (value instanceof ObjectNode logprobs) {
            choice.logprobs = choice.logprobs == null ? new Delta() : choice.logprobs;
            kept(choice.logprobs.add(logprobs));
          }
        }
        default -> choice.rest.set(field.getKey(), value);
      }
    }
  }

  @Override
  protected Optional<Verdict> answer(int statusCode) {
    boolean whole =
        !choices.isEmpty()
            && choices.values().stream().allMatch(choice -> choice.finishReason != null);
    if (!whole) {
      return Optional.empty();
    }
    ObjectNode answer = top.put("object", "chat.completion");
    ArrayNode list = answer.putArray("choices");
    choices.forEach(
        (index, choice) -> {
          ObjectNode message = choice.message.whole();
          for (String always : new String[] {"content", "refusal"}) {
            if (!message.has(always)) {
              message.putNull(always);
            }
          }
          ObjectNode made = list.addObject().put("index", index);
          made.setAll(choice.rest);
          made.set("message", message);
          made.set("logprobs", choice.logprobs == null ? null : choice.logprobs.whole());
          made.set("finish_reason", choice.finishReason);
        });
    if (usage != null) {
      answer.set("usage", usage);
    }
    Metered metered = OpenAiAdapter.metered(answer.path("usage"));
    return Optional.of(new Verdict.Answer(statusCode, Json.string(answer), metered));
  }

  @Override
  public Optional<Metered> soFar() {
    if (usage != null) {
      return Optional.of(OpenAiAdapter.metered(usage));
    }
    return choices.isEmpty()
        ? Optional.empty()
        : estimated(
            Usage.newBuilder()
                .setUncachedInput(estimatedInput)
                .setOutput(TokenCount.estimate(generated))
                .build());
  }
}
