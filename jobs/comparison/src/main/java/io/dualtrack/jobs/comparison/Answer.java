package io.dualtrack.jobs.comparison;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * An answer in the form of OpenAI's chat completions; of several choices the first.
 *
 * @param text empty where there is none
 * @param json the text as JSON; missing where it is none
 */
record Answer(
    boolean isReadable,
    String text,
    JsonNode json,
    List<ToolCall> toolCalls,
    boolean isRefusal,
    boolean isCutOff) {

  /**
   * @param arguments missing where they are no JSON
   */
  record ToolCall(String name, JsonNode arguments) {

    boolean isSameAs(ToolCall other) {
      return name.equals(other.name)
          && !arguments.isMissingNode()
          && Json.same(arguments, other.arguments);
    }
  }

  /**
   * @param body null where it was too large to be kept
   */
  static Answer of(String body) {
    JsonNode choice = Json.parse(body).path("choices").path(0);
    JsonNode message = choice.path("message");
    String text = text(message.path("content"));
    String finish = choice.path("finish_reason").asText();
    List<ToolCall> calls = new ArrayList<>();
    for (JsonNode call : message.path("tool_calls")) {
      JsonNode function = call.path("function");
      calls.add(
          new ToolCall(
              function.path("name").asText(), Json.parse(function.path("arguments").asText())));
    }
    boolean refuses =
        message.path("refusal").isTextual()
            || finish.equals("content_filter")
            || (calls.isEmpty() && Refusals.begins(text));
    return new Answer(
        message.isObject(),
        text,
        Json.parse(text),
        List.copyOf(calls),
        refuses,
        finish.equals("length"));
  }

  private static String text(JsonNode content) {
    if (content.isTextual()) {
      return content.textValue().strip();
    }
    StringBuilder text = new StringBuilder();
    content.forEach(part -> text.append(part.path("text").asText()));
    return text.toString().strip();
  }

  boolean isJson() {
    return !json.isMissingNode();
  }

  /** Calls of one answer have no order. */
  boolean callsSameToolsAs(Answer other) {
    List<ToolCall> left = new ArrayList<>(other.toolCalls);
    for (ToolCall call : toolCalls) {
      boolean found = false;
      for (int i = 0; i < left.size() && !found; i++) {
        found = call.isSameAs(left.get(i));
        if (found) {
          left.remove(i);
        }
      }
      if (!found) {
        return false;
      }
    }
    return left.isEmpty();
  }
}
