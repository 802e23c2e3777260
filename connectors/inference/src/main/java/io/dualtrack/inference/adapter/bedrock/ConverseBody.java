package io.dualtrack.inference.adapter.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.access.ImpossibleException;
import io.dualtrack.inference.adapter.Chat;
import io.dualtrack.inference.adapter.Chat.Turn;
import io.dualtrack.inference.adapter.Json;
import io.dualtrack.inference.adapter.Unsupported;
import io.dualtrack.schemas.Offering;
import java.util.List;
import java.util.Map;

/**
 * An OpenAI chat as the body of Bedrock's Converse.
 *
 * <p>Converse has no parameter for answers by a JSON schema. Such an answer is had as the input of
 * a tool that must be called and that has the schema; {@link ConverseAnswer} makes it the content
 * again. Together with tools of the caller's this cannot be done, and is refused.
 *
 * @param outputLimit tokens; 0 where the request sets none
 */
record ConverseBody(ObjectNode json, long outputLimit) {

  /** Name of the tool that takes an answer by a schema. */
  static final String ANSWER_TOOL = "dualtrack_answer";

  private static final String SCALE = "takes values from 0 to 1 only";

  private static final Map<String, String> IMAGE_FORMATS =
      Map.of(
          "image/png",
          "png",
          "image/jpeg",
          "jpeg",
          "image/jpg",
          "jpeg",
          "image/gif",
          "gif",
          "image/webp",
          "webp");

  static ConverseBody of(Chat chat) throws ImpossibleException {
    ObjectNode json = Json.object();
    messages(chat, json.putArray("messages"));
    if (!chat.system().isEmpty()) {
      ArrayNode system = json.putArray("system");
      for (JsonNode part : chat.system()) {
        text(part, "messages[].content", system, chat.offering());
      }
    }
    long limit = chat.takeOutputLimit();
    ObjectNode config = Json.object();
    if (limit > 0) {
      config.put("maxTokens", limit);
    }
    set(config, "temperature", chat.takeNumber("temperature", 1, SCALE));
    set(config, "topP", chat.takeNumber("top_p"));
    List<String> stops = chat.takeStops();
    if (!stops.isEmpty()) {
      stops.forEach(config.putArray("stopSequences")::add);
    }
    if (!config.isEmpty()) {
      json.set("inferenceConfig", config);
    }
    JsonNode topK = chat.takeNumber("top_k");
    if (topK.isNumber()) {
      json.withObject("/additionalModelRequestFields").set("top_k", topK);
    }
    JsonNode metadata = chat.take("metadata");
    if (metadata.isObject() && !metadata.isEmpty()) {
      json.set("requestMetadata", metadata);
    }
    tools(chat, json);
    format(chat, json);
    chat.refuseRest();
    return new ConverseBody(json, limit);
  }

  /** Whether an answer to this request comes as the input of {@link #ANSWER_TOOL}. */
  static boolean bySchema(JsonNode request) {
    return request.at("/response_format/type").asText().equals("json_schema");
  }

  private static void set(ObjectNode json, String name, JsonNode value) {
    if (!value.isMissingNode()) {
      json.set(name, value);
    }
  }

  private static void text(JsonNode part, String at, ArrayNode into, Offering offering)
      throws ImpossibleException {
    if (!part.path("type").asText().equals("text")) {
      throw Unsupported.parameter(offering, at + ".type");
    }
    into.addObject().put("text", part.path("text").asText());
    if (part.hasNonNull("cache_control")) {
      if (!part.at("/cache_control/ttl").asText("5m").equals("5m")) {
        throw Unsupported.parameter(offering, at + ".cache_control.ttl");
      }
      into.addObject().putObject("cachePoint").put("type", "default");
    }
  }

  private static void messages(Chat chat, ArrayNode into) throws ImpossibleException {
    for (Turn turn : chat.turns()) {
      String role = turn.role().equals("assistant") ? "assistant" : "user";
      ArrayNode content = Json.MAPPER.createArrayNode();
      if (turn.role().equals("tool")) {
        result(turn, content, chat.offering());
      } else {
        content(turn, content, chat.offering());
      }
      if (content.isEmpty()) {
        throw Unsupported.malformed(turn.at() + ".content", "is empty");
      }
      JsonNode last = into.isEmpty() ? Json.MAPPER.missingNode() : into.get(into.size() - 1);
      // Converse demands that roles take turns.
      if (last.path("role").asText().equals(role) && last.path("content") instanceof ArrayNode to) {
        to.addAll(content);
      } else {
        into.addObject().put("role", role).set("content", content);
      }
    }
  }

  private static void content(Turn turn, ArrayNode content, Offering offering)
      throws ImpossibleException {
    List<JsonNode> parts = Chat.parts(turn.message().path("content"), turn.at());
    for (int i = 0; i < parts.size(); i++) {
      String at = turn.at() + ".content[" + i + "]";
      JsonNode part = parts.get(i);
      switch (part.path("type").asText()) {
        case "text" -> text(part, at, content, offering);
        case "refusal" -> content.addObject().put("text", part.path("refusal").asText());
        case "image_url" -> image(Chat.image(part, at), at, content, offering);
        default -> throw Unsupported.parameter(offering, at + ".type");
      }
    }
    JsonNode calls = turn.message().path("tool_calls");
    for (int i = 0; i < calls.size(); i++) {
      String at = turn.at() + ".tool_calls[" + i + "]";
      if (!calls.get(i).path("type").asText("function").equals("function")) {
        throw Unsupported.parameter(offering, at + ".type");
      }
      content
          .addObject()
          .putObject("toolUse")
          .put("toolUseId", calls.get(i).path("id").asText())
          .put("name", calls.get(i).at("/function/name").asText())
          .set("input", Chat.arguments(calls.get(i), at));
    }
  }

  private static void image(Chat.Image image, String at, ArrayNode content, Offering offering)
      throws ImpossibleException {
    if (image.url() != null) {
      throw Unsupported.parameter(
          offering, at + ".image_url.url", "takes images as data: URLs only");
    }
    String format = IMAGE_FORMATS.get(image.mediaType());
    if (format == null) {
      throw Unsupported.parameter(
          offering, at + ".image_url.url", "takes PNG, JPEG, GIF and WebP only");
    }
    ObjectNode made = content.addObject().putObject("image").put("format", format);
    made.putObject("source").put("bytes", image.data());
  }

  private static void result(Turn turn, ArrayNode content, Offering offering)
      throws ImpossibleException {
    ObjectNode result =
        content
            .addObject()
            .putObject("toolResult")
            .put("toolUseId", turn.message().path("tool_call_id").asText());
    ArrayNode parts = result.putArray("content");
    for (JsonNode part : Chat.parts(turn.message().path("content"), turn.at())) {
      if (!part.path("type").asText().equals("text")) {
        throw Unsupported.parameter(offering, turn.at() + ".content.type");
      }
      parts.addObject().put("text", part.path("text").asText());
    }
  }

  private static void tools(Chat chat, ObjectNode json) throws ImpossibleException {
    JsonNode tools = chat.take("tools");
    for (int i = 0; i < tools.size(); i++) {
      JsonNode tool = tools.get(i);
      if (!tool.path("type").asText().equals("function")) {
        throw Unsupported.parameter(chat.offering(), "tools[" + i + "].type");
      }
      JsonNode function = tool.path("function");
      if (function.path("strict").asBoolean(false)) {
        throw Unsupported.parameter(chat.offering(), "tools[" + i + "].function.strict");
      }
      spec(
          json,
          function.path("name").asText(),
          function.path("description").asText(""),
          function.path("parameters"));
    }
    JsonNode choice = chat.take("tool_choice");
    if (choice.isMissingNode()) {
      return;
    }
    ObjectNode config = json.withObject("/toolConfig");
    if (choice.isObject() && choice.path("type").asText().equals("function")) {
      config
          .putObject("toolChoice")
          .putObject("tool")
          .put("name", choice.at("/function/name").asText());
      return;
    }
    switch (choice.asText()) {
      case "auto" -> config.putObject("toolChoice").putObject("auto");
      case "required" -> config.putObject("toolChoice").putObject("any");
      default -> throw Unsupported.parameter(chat.offering(), "tool_choice");
    }
  }

  private static void spec(ObjectNode json, String name, String description, JsonNode schema) {
    ObjectNode made =
        json.withObject("/toolConfig")
            .withArray("tools")
            .addObject()
            .putObject("toolSpec")
            .put("name", name);
    if (!description.isEmpty()) {
      made.put("description", description);
    }
    ObjectNode given =
        schema instanceof ObjectNode object ? object : Json.object().put("type", "object");
    made.putObject("inputSchema")
        .set("json", given.has("type") ? given : given.put("type", "object"));
  }

  private static void format(Chat chat, ObjectNode json) throws ImpossibleException {
    JsonNode format = chat.take("response_format");
    switch (format.path("type").asText("text")) {
      case "text" -> {
        // What it does anyway.
      }
      case "json_schema" -> {
        if (json.has("toolConfig")) {
          throw Unsupported.parameter(
              chat.offering(), "response_format", "cannot answer by a schema and call tools");
        }
        spec(
            json,
            ANSWER_TOOL,
            format.at("/json_schema/description").asText("Takes the answer."),
            format.at("/json_schema/schema"));
        json.withObject("/toolConfig")
            .putObject("toolChoice")
            .putObject("tool")
            .put("name", ANSWER_TOOL);
      }
      default ->
          throw Unsupported.parameter(
              chat.offering(), "response_format.type", "answers in JSON by a schema only");
    }
  }
}
