package io.dualtrack.inference.adapter.vertex;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.adapter.ChatAnswer;
import io.dualtrack.inference.adapter.Json;
import io.dualtrack.inference.adapter.Metered;
import io.dualtrack.inference.adapter.TokenCount;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.inference.adapter.stream.EventAnswer;
import io.dualtrack.schemas.Usage;
import java.time.InstantSource;
import java.util.Optional;

/** An answer of generateContent; a stream is a row of answers that each hold a part of it. */
final class GenerateAnswer extends EventAnswer {

  private final long estimatedInput;
  private final InstantSource clock;
  private final ChatAnswer answer = new ChatAnswer();
  private JsonNode usage = Json.MAPPER.missingNode();
  private String finishReason;
  private int toolCalls;
  private boolean began;
  private long generated;

  GenerateAnswer(long estimatedInput, InstantSource clock) {
    this.estimatedInput = estimatedInput;
    this.clock = clock;
  }

  @Override
  protected void take(String event, byte[] data) {
    if (!(Json.parse(data) instanceof ObjectNode object)) {
      malformed();
      return;
    }
    if (object.has("error")) {
      boolean limited = object.at("/error/status").asText().equals("RESOURCE_EXHAUSTED");
      failed(limited ? "rate_limited" : "server_error", true, limited);
      return;
    }
    add(object);
  }

  void add(JsonNode part) {
    began = true;
    if (part.path("responseId").isTextual()) {
      answer.id(part.path("responseId").textValue());
    }
    if (part.path("modelVersion").isTextual()) {
      answer.model(part.path("modelVersion").textValue());
    }
    if (part.path("usageMetadata").isObject()) {
      usage = part.path("usageMetadata");
    }
    if (part.at("/promptFeedback/blockReason").isTextual()) {
      finishReason = "content_filter";
    }
    JsonNode candidate = part.path("candidates").path(0);
    for (JsonNode each : candidate.at("/content/parts")) {
      if (each.has("functionCall")) {
        String arguments = Json.string(each.at("/functionCall/args"));
        answer.toolCall(
            "call_" + toolCalls++,
            each.at("/functionCall/name").asText(),
            each.at("/functionCall/args").isObject() ? arguments : "{}");
        grew(arguments.length());
      } else if (each.path("thought").asBoolean(false)) {
        answer.reasoning(each.path("text").asText());
        grew(each.path("text").asText().length());
      } else {
        answer.text(each.path("text").asText(""));
        grew(each.path("text").asText("").length());
      }
    }
    if (candidate.path("finishReason").isTextual()) {
      finishReason = openAi(candidate.path("finishReason").textValue());
    }
  }

  private void grew(int more) {
    generated += more;
    kept(more);
  }

  private static String openAi(String finishReason) {
    return switch (finishReason) {
      case "MAX_TOKENS" -> "length";
      case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY" ->
          "content_filter";
      default -> "stop";
    };
  }

  @Override
  protected Optional<Verdict> answer(int statusCode) {
    return verdict(statusCode);
  }

  /** Empty where the answer is not whole. */
  Optional<Verdict> verdict(int statusCode) {
    if (finishReason == null) {
      return Optional.empty();
    }
    Metered metered = VertexUsage.of(usage);
    String reason = finishReason.equals("stop") && toolCalls > 0 ? "tool_calls" : finishReason;
    return Optional.of(
        new Verdict.Answer(
            statusCode, answer.json(reason, metered.usage(), clock.instant()), metered));
  }

  @Override
  public Optional<Metered> soFar() {
    if (usage.isObject()) {
      return Optional.of(VertexUsage.of(usage));
    }
    return began
        ? estimated(
            Usage.newBuilder()
                .setUncachedInput(estimatedInput)
                .setOutput(TokenCount.estimate(generated))
                .build())
        : Optional.empty();
  }
}
