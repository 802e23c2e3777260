package io.dualtrack.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Anthropic's Messages. */
final class AnthropicDialect implements Dialect {

  /** Has no sampling parameters any more. */
  private static final String NEWEST = "2026-10-21";

  private static final Set<String> PARAMETERS =
      Set.of(
          "model",
          "messages",
          "max_tokens",
          "system",
          "stop_sequences",
          "stream",
          "temperature",
          "top_k",
          "top_p",
          "tools",
          "tool_choice",
          "metadata",
          "thinking",
          "service_tier",
          "output_config",
          "container",
          "mcp_servers",
          "cache_control",
          "inference_geo");

  private static final Set<String> BLOCKS =
      Set.of(
          "text", "image", "document", "tool_use", "tool_result", "thinking", "redacted_thinking");

  @Override
  public Call read(String path, String query, HttpHeaders headers, byte[] body) {
    if (!path.equals("/messages")) {
      throw Refusal.of(404, "not_found_error", "Not Found");
    }
    String version = version(headers);
    ObjectNode request = Checks.object(body);
    for (String name : List.of("temperature", "top_p", "top_k")) {
      if (version.equals(NEWEST) && request.has(name)) {
        throw bad(name + ": Extra inputs are not permitted");
      }
    }
    return message(request, Hash.of(body));
  }

  static String version(HttpHeaders headers) {
    String version = headers.get("anthropic-version");
    if (version == null) {
      throw bad("anthropic-version: header is required");
    }
    if (!version.equals(NEWEST) && !version.equals("2023-06-01")) {
      throw bad("anthropic-version: \"%s\" is not a valid version".formatted(version));
    }
    return version;
  }

  /** A message's parameters, also as a line of a batch. */
  Call message(ObjectNode request, long hash) {
    String unknown = Checks.unknown(request, PARAMETERS);
    if (unknown != null) {
      throw bad(unknown + ": Extra inputs are not permitted");
    }
    if (!request.path("model").isTextual()) {
      throw bad("model: Field required");
    }
    JsonNode limit = request.path("max_tokens");
    if (!limit.isIntegralNumber() || limit.longValue() < 1) {
      throw bad("max_tokens: Field required, and at least 1");
    }
    JsonNode temperature = request.path("temperature");
    if (temperature.isNumber()
        && (temperature.doubleValue() < 0 || temperature.doubleValue() > 1)) {
      throw bad("temperature: range: 0..1");
    }
    StringBuilder prompt = new StringBuilder();
    JsonNode system = request.path("system");
    if (system.isTextual()) {
      prompt.append(system.textValue());
    } else {
      system.findValuesAsText("text").forEach(prompt::append);
    }
    messages(request.path("messages"), prompt);
    return new Message(
        new Generation.Asked(
            request.path("model").asText(),
            hash,
            prompt.toString(),
            prompt.length(),
            limit.longValue(),
            request.path("stream").asBoolean(),
            tool(request),
            request.at("/output_config/format/schema").isObject()
                ? request.at("/output_config/format/schema")
                : null),
        prompt.length() > 0 && request.toString().contains("\"cache_control\""));
  }

  private static void messages(JsonNode messages, StringBuilder prompt) {
    if (!messages.isArray() || messages.isEmpty()) {
      throw bad("messages: at least one message is required");
    }
    Set<String> open = new HashSet<>();
    for (int i = 0; i < messages.size(); i++) {
      JsonNode message = messages.get(i);
      String role = message.path("role").asText();
      if (!role.equals("user") && !role.equals("assistant")) {
        throw bad("messages.%d.role: Input should be 'user' or 'assistant'".formatted(i));
      }
      if (i == 0 && !role.equals("user")) {
        throw bad("messages: first message must use the \"user\" role");
      }
      JsonNode content = message.path("content");
      if (content.isTextual() && !content.textValue().isEmpty()) {
        prompt.append(content.textValue());
        continue;
      }
      if (!content.isArray() || content.isEmpty()) {
        throw bad("messages.%d.content: Field required".formatted(i));
      }
      for (JsonNode block : content) {
        block(block, i, open, prompt);
      }
    }
    if (!open.isEmpty()
        && !messages.get(messages.size() - 1).path("role").asText().equals("assistant")) {
      throw bad("messages: `tool_use` ids were found without `tool_result` blocks after them");
    }
  }

  private static void block(JsonNode block, int at, Set<String> open, StringBuilder prompt) {
    String type = block.path("type").asText();
    if (!BLOCKS.contains(type)) {
      throw bad(
          "messages.%d.content: Input tag does not match any of the expected tags".formatted(at));
    }
    switch (type) {
      case "text" -> {
        if (block.path("text").asText().isEmpty()) {
          throw bad("messages.%d.content: text content blocks must be non-empty".formatted(at));
        }
        prompt.append(block.path("text").asText());
      }
      case "tool_use" -> {
        if (!block.path("id").isTextual() || !block.path("input").isObject()) {
          throw bad("messages.%d.content: tool_use needs id, name and input".formatted(at));
        }
        open.add(block.path("id").asText());
        prompt.append(block.path("input"));
      }
      case "tool_result" -> {
        if (!open.remove(block.path("tool_use_id").asText())) {
          throw bad("messages.%d.content: unexpected `tool_use_id` in `tool_result`".formatted(at));
        }
        prompt.append(block.path("content").asText());
      }
      case "image" -> {
        String source = block.at("/source/type").asText();
        if (!source.equals("base64") && !source.equals("url")) {
          throw bad("messages.%d.content: image source must be base64 or url".formatted(at));
        }
      }
      default -> prompt.append(block.path("thinking").asText());
    }
  }

  private static String tool(JsonNode request) {
    JsonNode tools = request.path("tools");
    for (JsonNode tool : tools) {
      if (!tool.path("name").isTextual()
          || (!tool.has("type") && !tool.path("input_schema").isObject())) {
        throw bad("tools: name and input_schema are required");
      }
    }
    JsonNode choice = request.path("tool_choice");
    return switch (choice.path("type").asText("auto")) {
      case "tool" -> choice.path("name").asText();
      case "any" -> tools.isEmpty() ? null : tools.get(0).path("name").asText();
      case "auto", "none" -> null;
      default -> throw bad("tool_choice: Input tag does not match");
    };
  }

  private static Refusal bad(String message) {
    return Refusal.of(400, "invalid_request_error", message);
  }

  @Override
  public byte[] error(Refusal refusal) {
    return Checks.bytes(errorNode(refusal));
  }

  private static ObjectNode errorNode(Refusal refusal) {
    String type =
        switch (refusal.status()) {
          case 401 -> "authentication_error";
          case 403 -> "permission_error";
          case 404 -> "not_found_error";
          case 413 -> "request_too_large";
          case 429 -> "rate_limit_error";
          case 529 -> "overloaded_error";
          default -> refusal.status() < 500 ? "invalid_request_error" : "api_error";
        };
    ObjectNode root = Checks.MAPPER.createObjectNode().put("type", "error");
    root.putObject("error").put("type", type).put("message", refusal.getMessage());
    return root.put("request_id", "req_sandbox");
  }

  private record Message(Generation.Asked asked, boolean caches) implements GeneratingCall {

    @Override
    public byte[] errorEvent() {
      return Checks.event("error", errorNode(Refusal.of(529, "overloaded_error", "Overloaded")));
    }

    @Override
    public Body answer(Behaviour behaviour, long cachedTokens) {
      Generation answer = asked.answer(behaviour, cachedTokens);
      return asked.streamed()
          ? new Body("text/event-stream; charset=utf-8", stream(answer, behaviour.tokensOfChunk()))
          : new Body("application/json", List.of(Checks.bytes(whole(answer))));
    }

    private ObjectNode head(Generation answer) {
      return Checks.MAPPER
          .createObjectNode()
          .put("id", "msg_" + answer.id())
          .put("type", "message")
          .put("role", "assistant")
          .put("model", asked.model());
    }

    private ObjectNode block(Generation answer) {
      ObjectNode block = Checks.MAPPER.createObjectNode();
      return answer.callsTool()
          ? block
              .put("type", "tool_use")
              .put("id", "toolu_" + answer.id())
              .put("name", asked.tool())
          : block.put("type", "text");
    }

    private static String stop(Generation answer) {
      return answer.isCutOff() ? "max_tokens" : answer.callsTool() ? "tool_use" : "end_turn";
    }

    private ObjectNode whole(Generation answer) {
      ObjectNode root = head(answer);
      ObjectNode block = block(answer);
      if (answer.callsTool()) {
        block.putObject("input").put("sandbox", "%016x".formatted(asked.hash()));
      } else {
        block.put("text", answer.content());
      }
      root.putArray("content").add(block);
      root.put("stop_reason", stop(answer)).putNull("stop_sequence");
      root.set("usage", usage(answer, answer.completionTokens()));
      return root;
    }

    /**
     * Where the request marks something to be cached, half of the input is written and some read.
     */
    private ObjectNode usage(Generation answer, long output) {
      long input = answer.promptTokens();
      long written = caches ? input / 2 : 0;
      long longer = written / 3;
      long read = caches ? input / 4 : 0;
      ObjectNode usage =
          Checks.MAPPER
              .createObjectNode()
              .put("input_tokens", input - written - read)
              .put("cache_creation_input_tokens", written)
              .put("cache_read_input_tokens", read);
      usage
          .putObject("cache_creation")
          .put("ephemeral_5m_input_tokens", written - longer)
          .put("ephemeral_1h_input_tokens", longer);
      return usage.put("output_tokens", output).put("service_tier", "standard");
    }

    private List<byte[]> stream(Generation answer, int chunkTokens) {
      List<byte[]> events = new ArrayList<>();
      ObjectNode start = Checks.MAPPER.createObjectNode().put("type", "message_start");
      ObjectNode message = head(answer);
      message.putArray("content");
      message.putNull("stop_reason").putNull("stop_sequence");
      message.set("usage", usage(answer, 1));
      start.set("message", message);
      events.add(Checks.event("message_start", start));
      ObjectNode open =
          Checks.MAPPER.createObjectNode().put("type", "content_block_start").put("index", 0);
      ObjectNode block = block(answer);
      open.set(
          "content_block",
          answer.callsTool()
              ? block.set("input", Checks.MAPPER.createObjectNode())
              : block.put("text", ""));
      events.add(Checks.event("content_block_start", open));
      events.add(Checks.event("ping", Checks.MAPPER.createObjectNode().put("type", "ping")));
      for (String piece : answer.pieces(chunkTokens)) {
        ObjectNode delta =
            Checks.MAPPER.createObjectNode().put("type", "content_block_delta").put("index", 0);
        if (answer.callsTool()) {
          delta.putObject("delta").put("type", "input_json_delta").put("partial_json", piece);
        } else {
          delta.putObject("delta").put("type", "text_delta").put("text", piece);
        }
        events.add(Checks.event("content_block_delta", delta));
      }
      events.add(
          Checks.event(
              "content_block_stop",
              Checks.MAPPER.createObjectNode().put("type", "content_block_stop").put("index", 0)));
      ObjectNode end = Checks.MAPPER.createObjectNode().put("type", "message_delta");
      end.putObject("delta").put("stop_reason", stop(answer)).putNull("stop_sequence");
      end.putObject("usage").put("output_tokens", answer.completionTokens());
      events.add(Checks.event("message_delta", end));
      events.add(
          Checks.event(
              "message_stop", Checks.MAPPER.createObjectNode().put("type", "message_stop")));
      return events;
    }
  }
}
