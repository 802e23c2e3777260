package io.dualtrack.inference.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.Usage;
import java.time.Instant;

/**
 * Collects an answer of another form as a chat completion of OpenAI's. Not for several threads.
 *
 * <p>OpenAI's usage object counts cached tokens into the prompt and reasoning into the completion,
 * so the disjoint classes are put together again here; caches' writes are part of the prompt.
 */
public final class ChatAnswer {

  private final StringBuilder content = new StringBuilder();
  private final StringBuilder reasoning = new StringBuilder();
  private final ArrayNode toolCalls = Json.MAPPER.createArrayNode();
  private String id = "";
  private String model = "";
  private String refusal;

  public ChatAnswer id(String given) {
    id = given;
    return this;
  }

  public ChatAnswer model(String given) {
    model = given;
    return this;
  }

  public ChatAnswer text(String more) {
    content.append(more);
    return this;
  }

  public ChatAnswer reasoning(String more) {
    reasoning.append(more);
    return this;
  }

  public ChatAnswer refusal(String why) {
    refusal = why;
    return this;
  }

  /**
   * @param arguments JSON text
   */
  public ChatAnswer toolCall(String callId, String name, String arguments) {
    ObjectNode call = toolCalls.addObject().put("id", callId).put("type", "function");
    call.putObject("function").put("name", name).put("arguments", arguments);
    return this;
  }

  public boolean isEmpty() {
    return content.length() == 0 && reasoning.length() == 0 && toolCalls.isEmpty();
  }

  /**
   * @param finishReason OpenAI's word for why it ended
   * @param usage null where it is not known
   */
  public String json(String finishReason, Usage usage, Instant now) {
    ObjectNode root =
        Json.object()
            .put("id", id)
            .put("object", "chat.completion")
            .put("created", now.getEpochSecond())
            .put("model", model);
    ObjectNode choice = root.putArray("choices").addObject().put("index", 0);
    ObjectNode message = choice.putObject("message").put("role", "assistant");
    if (content.length() == 0 && !toolCalls.isEmpty()) {
      message.putNull("content");
    } else {
      message.put("content", content.toString());
    }
    message.put("refusal", refusal);
    if (reasoning.length() > 0) {
      message.put("reasoning_content", reasoning.toString());
    }
    if (!toolCalls.isEmpty()) {
      message.set("tool_calls", toolCalls);
    }
    choice.putNull("logprobs").put("finish_reason", finishReason);
    if (usage != null) {
      root.set("usage", usage(usage));
    }
    return Json.string(root);
  }

  private static JsonNode usage(Usage usage) {
    long prompt =
        usage.getUncachedInput()
            + usage.getCacheRead()
            + usage.getCacheWrite5m()
            + usage.getCacheWrite1h();
    ObjectNode node =
        Json.object()
            .put("prompt_tokens", prompt)
            .put("completion_tokens", usage.getOutput())
            .put("total_tokens", prompt + usage.getOutput());
    node.putObject("prompt_tokens_details").put("cached_tokens", usage.getCacheRead());
    node.putObject("completion_tokens_details").put("reasoning_tokens", usage.getReasoning());
    return node;
  }
}
