package io.dualtrack.gateway.messages;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.output.Ended;
import io.dualtrack.gateway.output.Ended.Kind;
import io.dualtrack.gateway.output.LineForm;
import io.dualtrack.gateway.output.OutputLines;
import io.dualtrack.schemas.BatchUsage;
import io.dualtrack.schemas.InferenceResult;
import java.nio.charset.StandardCharsets;

/**
 * Lines of Anthropic's results, {@code {custom_id, result: {type, message|error}}}: a chat that was
 * answered, as a message.
 */
public final class MessageLines implements LineForm {

  private static final JsonMapper JSON = new JsonMapper();
  private static final int REFUSED = 403;
  private static final int NOT_FOUND = 404;
  private static final int TOO_LARGE = 413;
  private static final int TOO_MANY = 429;
  private static final int FAULT = 500;

  @Override
  public Ended of(long line, InferenceResult result) {
    return switch (result.getOutcome()) {
      case ANSWERED -> answered(line, result);
      case EXPIRED -> unanswered(line, result.getRequestId(), result.getCustomId(), Kind.EXPIRED);
      case FAILED, REFUSED -> errored(line, result, OutputLines.message(result));
    };
  }

  @Override
  public Ended unanswered(long line, String requestId, String customId, Kind kind) {
    ObjectNode result =
        JSON.createObjectNode().put("type", kind == Kind.CANCELLED ? "canceled" : "expired");
    return ended(line, kind, customId, result, new BatchUsage(0L, 0L, 0L, 0L));
  }

  @Override
  public boolean separatesErrors() {
    return false;
  }

  private static Ended answered(long line, InferenceResult result) {
    JsonNode chat;
    try {
      chat = JSON.readTree(result.getBody());
    } catch (JsonProcessingException | IllegalArgumentException e) {
      // Without the cause: the parser's message quotes the answer.
      return errored(line, result, "The answer is no JSON.");
    }
    JsonNode choice = chat.path("choices").path(0);
    ObjectNode message = JSON.createObjectNode();
    message
        .put("id", "msg_" + result.getRequestId())
        .put("type", "message")
        .put("role", "assistant")
        .put("model", chat.path("model").asText(result.getModel()));
    ArrayNode content = message.putArray("content");
    JsonNode said = choice.path("message");
    if (said.path("content").isTextual() && !said.path("content").textValue().isEmpty()) {
      content.addObject().put("type", "text").set("text", said.get("content"));
    }
    for (JsonNode call : said.path("tool_calls")) {
      ObjectNode use = content.addObject().put("type", "tool_use");
      use.put("id", call.path("id").asText());
      use.put("name", call.path("function").path("name").asText());
      try {
        use.set("input", JSON.readTree(call.path("function").path("arguments").asText("{}")));
      } catch (JsonProcessingException e) {
        // As above.
        return errored(line, result, "The arguments of a tool call are no JSON.");
      }
    }
    message.put("stop_reason", stopReason(choice.path("finish_reason").asText()));
    message.putNull("stop_sequence");
    BatchUsage usage = usage(chat.path("usage"));
    message
        .putObject("usage")
        .put("input_tokens", usage.getInput() - usage.getCached())
        .put("cache_creation_input_tokens", 0)
        .put("cache_read_input_tokens", usage.getCached())
        .put("output_tokens", usage.getOutput());
    ObjectNode succeeded = JSON.createObjectNode().put("type", "succeeded");
    succeeded.set("message", message);
    return ended(line, Kind.ANSWERED, result.getCustomId(), succeeded, usage);
  }

  private static String stopReason(String finish) {
    return switch (finish) {
      case "length" -> "max_tokens";
      case "tool_calls", "function_call" -> "tool_use";
      case "content_filter" -> "refusal";
      default -> "end_turn";
    };
  }

  private static BatchUsage usage(JsonNode usage) {
    return new BatchUsage(
        usage.path("prompt_tokens").asLong(),
        usage.path("prompt_tokens_details").path("cached_tokens").asLong(),
        usage.path("completion_tokens").asLong(),
        usage.path("completion_tokens_details").path("reasoning_tokens").asLong());
  }

  private static Ended errored(long line, InferenceResult result, String message) {
    ObjectNode errored = JSON.createObjectNode().put("type", "errored");
    ObjectNode error = errored.putObject("error").put("type", "error");
    error.putObject("error").put("type", errorType(result.getStatusCode())).put("message", message);
    error.put("request_id", result.getRequestId());
    return ended(line, Kind.FAILED, result.getCustomId(), errored, new BatchUsage(0L, 0L, 0L, 0L));
  }

  private static String errorType(int status) {
    return switch (status) {
      case REFUSED -> "permission_error";
      case NOT_FOUND -> "not_found_error";
      case TOO_LARGE -> "request_too_large";
      case TOO_MANY -> "rate_limit_error";
      default -> status < FAULT ? "invalid_request_error" : "api_error";
    };
  }

  private static Ended ended(
      long line, Kind kind, String customId, ObjectNode result, BatchUsage usage) {
    ObjectNode whole = JSON.createObjectNode().put("custom_id", customId);
    whole.set("result", result);
    return new Ended(line, kind, (whole + "\n").getBytes(StandardCharsets.UTF_8), usage);
  }
}
