package io.dualtrack.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.eventstream.HeaderValue;

/** Bedrock's Converse and ConverseStream. */
final class BedrockDialect implements Dialect {

  private static final Pattern PATH = Pattern.compile("/model/([^/]+)/converse(-stream)?");

  private static final Set<String> PARAMETERS =
      Set.of(
          "messages",
          "system",
          "inferenceConfig",
          "toolConfig",
          "guardrailConfig",
          "additionalModelRequestFields",
          "promptVariables",
          "additionalModelResponseFieldPaths",
          "requestMetadata",
          "performanceConfig",
          "serviceTier",
          "outputConfig");

  private static final Set<String> BLOCKS =
      Set.of(
          "text",
          "image",
          "document",
          "video",
          "toolUse",
          "toolResult",
          "guardContent",
          "cachePoint",
          "reasoningContent");

  @Override
  public Call read(String path, String query, HttpHeaders headers, byte[] body) {
    Matcher matcher = PATH.matcher(path);
    if (!matcher.matches()) {
      throw Refusal.of(404, "UnknownOperationException", "");
    }
    ObjectNode request = Checks.object(body);
    String unknown = Checks.unknown(request, PARAMETERS);
    if (unknown != null) {
      throw invalid("unknown member " + unknown);
    }
    StringBuilder prompt = new StringBuilder();
    request.path("system").findValuesAsText("text").forEach(prompt::append);
    messages(request.path("messages"), prompt);
    JsonNode config = request.path("inferenceConfig");
    JsonNode limit = config.path("maxTokens");
    if (limit.isNumber() && limit.longValue() < 1) {
      throw invalid("inferenceConfig.maxTokens must be at least 1");
    }
    JsonNode temperature = config.path("temperature");
    if (temperature.isNumber()
        && (temperature.doubleValue() < 0 || temperature.doubleValue() > 1)) {
      throw invalid("inferenceConfig.temperature must be within 0 and 1");
    }
    return new Converse(
        new Generation.Asked(
            URLDecoder.decode(matcher.group(1), UTF_8),
            Hash.of(body),
            prompt.toString(),
            prompt.length(),
            limit.isNumber() ? limit.longValue() : Long.MAX_VALUE,
            matcher.group(2) != null,
            tool(request.path("toolConfig")),
            schema(request)),
        request.toString().contains("\"cachePoint\""));
  }

  private static JsonNode schema(JsonNode request) {
    JsonNode schema = request.at("/outputConfig/textFormat/structure/jsonSchema/schema");
    try {
      return schema.isTextual() ? Checks.MAPPER.readTree(schema.textValue()) : null;
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw invalid("outputConfig: the schema is not JSON");
    }
  }

  private static void messages(JsonNode messages, StringBuilder prompt) {
    if (!messages.isArray() || messages.isEmpty()) {
      throw invalid("A conversation must have at least one message.");
    }
    String before = "";
    for (JsonNode message : messages) {
      String role = message.path("role").asText();
      if (!role.equals("user") && !role.equals("assistant")) {
        throw invalid("Value at 'messages.role' failed to satisfy enum value set");
      }
      if (before.isEmpty() && !role.equals("user")) {
        throw invalid("A conversation must start with a user message.");
      }
      if (role.equals(before)) {
        throw invalid("A conversation must alternate between user and assistant roles.");
      }
      before = role;
      if (!message.path("content").isArray() || message.path("content").isEmpty()) {
        throw invalid("The content field in the Message object is empty.");
      }
      for (JsonNode block : message.path("content")) {
        if (block.size() != 1 || !BLOCKS.contains(block.fieldNames().next())) {
          throw invalid("A ContentBlock must have exactly one known member.");
        }
        JsonNode image = block.path("image");
        if (block.has("image")
            && !(image.path("format").isTextual() && image.at("/source").size() == 1)) {
          throw invalid("An image needs a format and one source.");
        }
        prompt.append(block.path("text").asText());
        block.path("toolResult").findValuesAsText("text").forEach(prompt::append);
      }
    }
  }

  private static String tool(JsonNode config) {
    for (JsonNode tool : config.path("tools")) {
      if (!tool.has("cachePoint")
          && (!tool.at("/toolSpec/name").isTextual()
              || !tool.at("/toolSpec/inputSchema/json").isObject())) {
        throw invalid("A tool needs a name and an input schema.");
      }
    }
    JsonNode choice = config.path("toolChoice");
    if (choice.has("tool")) {
      return choice.at("/tool/name").asText();
    }
    return choice.has("any") ? config.at("/tools/0/toolSpec/name").asText() : null;
  }

  private static Refusal invalid(String message) {
    return Refusal.of(400, "ValidationException", message);
  }

  @Override
  public byte[] error(Refusal refusal) {
    return Checks.bytes(Checks.MAPPER.createObjectNode().put("message", refusal.getMessage()));
  }

  /** The header that tells an error's kind. */
  static String errorType(Refusal refusal) {
    return switch (refusal.status()) {
      case 403 -> "AccessDeniedException";
      case 404 -> "ResourceNotFoundException";
      case 408 -> "ModelTimeoutException";
      case 424 -> "ModelErrorException";
      case 429 -> "ThrottlingException";
      case 503 -> "ServiceUnavailableException";
      default -> refusal.status() < 500 ? "ValidationException" : "InternalServerException";
    };
  }

  private record Converse(Generation.Asked asked, boolean caches) implements GeneratingCall {

    @Override
    public byte[] errorEvent() {
      return frame(
          Map.of(
              ":message-type", "exception",
              ":exception-type", "modelStreamErrorException",
              ":content-type", "application/json"),
          Checks.MAPPER.createObjectNode().put("message", "The sandbox is set to fail."));
    }

    @Override
    public Body answer(Behaviour behaviour, long cachedTokens) {
      Generation answer = asked.answer(behaviour, cachedTokens);
      return asked.streamed()
          ? new Body(
              "application/vnd.amazon.eventstream", stream(answer, behaviour.tokensOfChunk()))
          : new Body("application/json", List.of(Checks.bytes(whole(answer))));
    }

    private static String stop(Generation answer) {
      return answer.isCutOff() ? "max_tokens" : answer.callsTool() ? "tool_use" : "end_turn";
    }

    private ObjectNode whole(Generation answer) {
      ObjectNode root = Checks.MAPPER.createObjectNode();
      ObjectNode message = root.putObject("output").putObject("message").put("role", "assistant");
      ObjectNode block = message.putArray("content").addObject();
      if (answer.callsTool()) {
        block
            .putObject("toolUse")
            .put("toolUseId", "tooluse_" + answer.id())
            .put("name", asked.tool())
            .putObject("input")
            .put("sandbox", "%016x".formatted(asked.hash()));
      } else {
        block.put("text", answer.content());
      }
      root.put("stopReason", stop(answer));
      root.set("usage", usage(answer));
      root.putObject("metrics").put("latencyMs", 1);
      return root;
    }

    private ObjectNode usage(Generation answer) {
      long written = caches ? answer.promptTokens() / 2 : 0;
      long read = caches ? answer.promptTokens() / 4 : 0;
      return Checks.MAPPER
          .createObjectNode()
          .put("inputTokens", answer.promptTokens() - written - read)
          .put("outputTokens", answer.completionTokens())
          .put("totalTokens", answer.promptTokens() + answer.completionTokens())
          .put("cacheReadInputTokens", read)
          .put("cacheWriteInputTokens", written);
    }

    private List<byte[]> stream(Generation answer, int chunkTokens) {
      List<byte[]> frames = new ArrayList<>();
      frames.add(event("messageStart", Checks.MAPPER.createObjectNode().put("role", "assistant")));
      if (answer.callsTool()) {
        ObjectNode start = Checks.MAPPER.createObjectNode().put("contentBlockIndex", 0);
        start
            .putObject("start")
            .putObject("toolUse")
            .put("toolUseId", "tooluse_" + answer.id())
            .put("name", asked.tool());
        frames.add(event("contentBlockStart", start));
      }
      for (String piece : answer.pieces(chunkTokens)) {
        ObjectNode delta = Checks.MAPPER.createObjectNode().put("contentBlockIndex", 0);
        if (answer.callsTool()) {
          delta.putObject("delta").putObject("toolUse").put("input", piece);
        } else {
          delta.putObject("delta").put("text", piece);
        }
        frames.add(event("contentBlockDelta", delta));
      }
      frames.add(
          event("contentBlockStop", Checks.MAPPER.createObjectNode().put("contentBlockIndex", 0)));
      frames.add(
          event("messageStop", Checks.MAPPER.createObjectNode().put("stopReason", stop(answer))));
      ObjectNode metadata = Checks.MAPPER.createObjectNode();
      metadata.set("usage", usage(answer));
      metadata.putObject("metrics").put("latencyMs", 1);
      frames.add(event("metadata", metadata));
      return frames;
    }

    private static byte[] event(String type, JsonNode payload) {
      return frame(
          Map.of(
              ":message-type", "event",
              ":event-type", type,
              ":content-type", "application/json"),
          payload);
    }

    private static byte[] frame(Map<String, String> headers, JsonNode payload) {
      Map<String, HeaderValue> values = new LinkedHashMap<>();
      headers.forEach((name, value) -> values.put(name, HeaderValue.fromString(value)));
      return toBytes(new software.amazon.eventstream.Message(values, Checks.bytes(payload)));
    }

    private static byte[] toBytes(software.amazon.eventstream.Message message) {
      java.nio.ByteBuffer buffer = message.toByteBuffer();
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      return bytes;
    }
  }
}
