package io.dualtrack.gateway.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A chat's answer as the {@code response} object of {@code /v1/responses}. */
public final class ResponsesAnswer {

  private static final JsonMapper JSON = new JsonMapper();

  private ResponsesAnswer() {}

  /**
   * @param chat a {@code chat.completion}
   * @param asked the request as it was sent, whose settings are repeated
   */
  public static ObjectNode of(JsonNode chat, ObjectNode asked) {
    JsonNode choice = chat.path("choices").path(0);
    boolean cut = choice.path("finish_reason").asText().equals("length");
    String id = chat.path("id").asText();
    ObjectNode response = JSON.createObjectNode();
    response.put("id", id.startsWith("resp_") ? id : "resp_" + id);
    response.put("object", "response");
    response.put("created_at", chat.path("created").asLong());
    response.put("status", cut ? "incomplete" : "completed");
    response.putNull("error");
    if (cut) {
      response.putObject("incomplete_details").put("reason", "max_output_tokens");
    } else {
      response.putNull("incomplete_details");
    }
    for (String field :
        new String[] {"instructions", "max_output_tokens", "temperature", "top_p"}) {
      response.set(field, asked.path(field).isMissingNode() ? null : asked.get(field));
    }
    response.put("model", chat.path("model").asText(asked.path("model").asText()));
    response.set("output", output(choice.path("message"), id, cut));
    response.put("parallel_tool_calls", asked.path("parallel_tool_calls").asBoolean(true));
    response.putNull("previous_response_id");
    response.put("store", false);
    response.set(
        "tool_choice",
        asked.hasNonNull("tool_choice")
            ? asked.get("tool_choice")
            : JSON.getNodeFactory().textNode("auto"));
    response.set("tools", asked.hasNonNull("tools") ? asked.get("tools") : JSON.createArrayNode());
    response.set(
        "metadata", asked.hasNonNull("metadata") ? asked.get("metadata") : JSON.createObjectNode());
    if (chat.hasNonNull("usage")) {
      response.set("usage", usage(chat.get("usage")));
    }
    return response;
  }

  private static ArrayNode output(JsonNode message, String id, boolean cut) {
    ArrayNode output = JSON.createArrayNode();
    if (message.path("content").isTextual() || message.path("refusal").isTextual()) {
      ObjectNode item = output.addObject();
      item.put("id", "msg_" + id);
      item.put("type", "message");
      item.put("status", cut ? "incomplete" : "completed");
      item.put("role", "assistant");
      ArrayNode content = item.putArray("content");
      if (message.path("refusal").isTextual()) {
        content.addObject().put("type", "refusal").set("refusal", message.get("refusal"));
      } else {
        ObjectNode text = content.addObject().put("type", "output_text");
        text.set("text", message.get("content"));
        text.putArray("annotations");
      }
    }
    for (JsonNode call : message.path("tool_calls")) {
      ObjectNode item = output.addObject();
      item.put("id", "fc_" + call.path("id").asText());
      item.put("type", "function_call");
      item.put("status", "completed");
      item.set("call_id", call.get("id"));
      item.set("name", call.path("function").get("name"));
      item.set("arguments", call.path("function").get("arguments"));
    }
    return output;
  }

  private static ObjectNode usage(JsonNode chat) {
    ObjectNode usage = JSON.createObjectNode();
    usage.put("input_tokens", chat.path("prompt_tokens").asLong());
    usage
        .putObject("input_tokens_details")
        .put("cached_tokens", chat.path("prompt_tokens_details").path("cached_tokens").asLong());
    usage.put("output_tokens", chat.path("completion_tokens").asLong());
    usage
        .putObject("output_tokens_details")
        .put(
            "reasoning_tokens",
            chat.path("completion_tokens_details").path("reasoning_tokens").asLong());
    usage.put("total_tokens", chat.path("total_tokens").asLong());
    return usage;
  }
}
