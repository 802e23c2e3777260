package io.dualtrack.inference.adapter.bedrock;

import io.dualtrack.inference.adapter.ChatAnswer;
import io.dualtrack.inference.adapter.Metered;
import io.dualtrack.inference.adapter.Verdict;
import java.time.Instant;

/** Puts what Converse answered, whole or streamed, into OpenAI's form. */
final class ConverseAnswer {

  private final ChatAnswer answer;
  private final boolean bySchema;

  /**
   * @param id of the order, because Converse's answers have none
   * @param bySchema whether the answer is the input of {@link ConverseBody#ANSWER_TOOL}
   */
  ConverseAnswer(String id, String model, boolean bySchema) {
    this.answer = new ChatAnswer().id("chatcmpl-" + id).model(model);
    this.bySchema = bySchema;
  }

  void text(String text) {
    answer.text(text);
  }

  void reasoning(String text) {
    answer.reasoning(text);
  }

  void toolUse(String id, String name, String input) {
    if (bySchema && name.equals(ConverseBody.ANSWER_TOOL)) {
      answer.text(input);
    } else {
      answer.toolCall(id, name, input);
    }
  }

  Verdict verdict(int statusCode, String stopReason, Metered metered, Instant now) {
    return new Verdict.Answer(
        statusCode, answer.json(finishReason(stopReason), metered.usage(), now), metered);
  }

  private String finishReason(String stopReason) {
    return switch (stopReason) {
      case "max_tokens", "model_context_window_exceeded" -> "length";
      case "tool_use" -> bySchema ? "stop" : "tool_calls";
      case "guardrail_intervened", "content_filtered" -> "content_filter";
      default -> "stop";
    };
  }
}
