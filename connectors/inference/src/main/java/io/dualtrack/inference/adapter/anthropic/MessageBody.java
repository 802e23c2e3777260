package io.dualtrack.inference.adapter.anthropic;

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

/**
 * An OpenAI chat as the body of Anthropic's Messages.
 *
 * @param outputLimit tokens; never 0, because Anthropic demands one
 * @param samples whether it sets sampling parameters
 */
record MessageBody(ObjectNode json, long outputLimit, boolean samples) {

  /**
   * What every model of theirs can write. OpenAI's default is the model's own limit, which is not
   * known here; an answer that is cut off says so.
   */
  private static final long USUAL_LIMIT = 8_192;

  private static final String SCALE = "takes values from 0 to 1 only";

  static MessageBody of(Chat chat) throws ImpossibleException {
    Offering offering = chat.offering();
    ObjectNode json = Json.object().put("model", offering.getProviderModel());
    long limit = chat.takeOutputLimit();
    long output = limit == 0 ? USUAL_LIMIT : limit;
    json.put("max_tokens", output);
    system(chat, json);
    messages(chat, json.putArray("messages"));
    boolean samples = sampling(json, "temperature", chat.takeNumber("temperature", 1, SCALE));
    samples |= sampling(json, "top_p", chat.takeNumber("top_p"));
    samples |= sampling(json, "top_k", chat.takeNumber("top_k"));
    List<String> stops = chat.takeStops();
    if (!stops.isEmpty()) {
      stops.forEach(json.putArray("stop_sequences")::add);
    }
    JsonNode user = chat.take("user");
    if (user.isTextual()) {
      json.putObject("metadata").put("user_id", user.textValue());
    }
    tools(chat, json);
    format(chat, json);
    effort(chat, json);
    // The provider's own parameters, for callers that know where they are going.
    set(json, "thinking", chat.take("thinking"));
    chat.refuseRest();
    return new MessageBody(json, output, samples);
  }

  /** A temperature and a top_p of 1 are what it does anyway. */
  private static boolean sampling(ObjectNode json, String name, JsonNode value) {
    if (value.isMissingNode() || (!name.equals("top_k") && value.doubleValue() == 1)) {
      return false;
    }
    json.set(name, value);
    return true;
  }

  private static void set(ObjectNode json, String name, JsonNode value) {
    if (!value.isMissingNode()) {
      json.set(name, value);
    }
  }

  private static void system(Chat chat, ObjectNode json) throws ImpossibleException {
    if (chat.system().isEmpty()) {
      return;
    }
    ArrayNode blocks = json.putArray("system");
    for (JsonNode part : chat.system()) {
      blocks.add(text(part, "messages[].content", chat.offering()));
    }
  }

  private static ObjectNode text(JsonNode part, String at, Offering offering)
      throws ImpossibleException {
    if (!part.path("type").asText().equals("text")) {
      throw Unsupported.parameter(offering, at + ".type");
    }
    ObjectNode block = Json.object().put("type", "text").put("text", part.path("text").asText());
    if (part.hasNonNull("cache_control")) {
      block.set("cache_control", part.get("cache_control"));
    }
    return block;
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
      // Results of calls that were made together belong into one message.
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
        case "text" -> {
          if (!part.path("text").asText().isEmpty()) {
            content.add(text(part, at, offering));
          }
        }
        case "image_url" -> content.add(image(Chat.image(part, at)));
        case "refusal" ->
            content.addObject().put("type", "text").put("text", part.path("refusal").asText());
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
          .put("type", "tool_use")
          .put("id", calls.get(i).path("id").asText())
          .put("name", calls.get(i).at("/function/name").asText())
          .set("input", Chat.arguments(calls.get(i), at));
    }
  }

  private static ObjectNode image(Chat.Image image) {
    ObjectNode block = Json.object().put("type", "image");
    ObjectNode source = block.putObject("source");
    if (image.url() != null) {
      source.put("type", "url").put("url", image.url());
    } else {
      source.put("type", "base64").put("media_type", image.mediaType()).put("data", image.data());
    }
    return block;
  }

  private static void result(Turn turn, ArrayNode content, Offering offering)
      throws ImpossibleException {
    ObjectNode result =
        content
            .addObject()
            .put("type", "tool_result")
            .put("tool_use_id", turn.message().path("tool_call_id").asText());
    ArrayNode parts = result.putArray("content");
    for (JsonNode part : Chat.parts(turn.message().path("content"), turn.at())) {
      parts.add(text(part, turn.at() + ".content", offering));
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
      ObjectNode made =
          json.withArray("tools").addObject().put("name", function.path("name").asText());
      if (function.hasNonNull("description")) {
        made.set("description", function.get("description"));
      }
      if (function.path("strict").asBoolean(false)) {
        made.put("strict", true);
      }
      made.set("input_schema", schema(function.path("parameters")));
    }
    ObjectNode choice = choice(chat);
    JsonNode parallel = chat.take("parallel_tool_calls");
    if (parallel.isBoolean() && !parallel.booleanValue() && !tools.isEmpty()) {
      choice = choice == null ? Json.object().put("type", "auto") : choice;
      if (!choice.path("type").asText().equals("none")) {
        choice.put("disable_parallel_tool_use", true);
      }
    }
    if (choice != null) {
      json.set("tool_choice", choice);
    }
  }

  private static JsonNode schema(JsonNode parameters) {
    if (parameters instanceof ObjectNode object) {
      return object.has("type") ? object : object.put("type", "object");
    }
    ObjectNode none = Json.object().put("type", "object");
    none.putObject("properties");
    return none;
  }

  /** Null where the caller leaves it open. */
  private static ObjectNode choice(Chat chat) throws ImpossibleException {
    JsonNode choice = chat.take("tool_choice");
    if (choice.isMissingNode()) {
      return null;
    }
    if (choice.isObject()) {
      if (!choice.path("type").asText().equals("function")) {
        throw Unsupported.parameter(chat.offering(), "tool_choice.type");
      }
      return Json.object().put("type", "tool").put("name", choice.at("/function/name").asText());
    }
    return switch (choice.asText()) {
      case "auto" -> Json.object().put("type", "auto");
      case "none" -> Json.object().put("type", "none");
      case "required" -> Json.object().put("type", "any");
      default -> throw Unsupported.parameter(chat.offering(), "tool_choice");
    };
  }

  private static void format(Chat chat, ObjectNode json) throws ImpossibleException {
    JsonNode format = chat.take("response_format");
    switch (format.path("type").asText("text")) {
      case "text" -> {
        // What it does anyway.
      }
      case "json_schema" ->
          json.withObject("/output_config")
              .putObject("format")
              .put("type", "json_schema")
              .set("schema", format.at("/json_schema/schema"));
      default ->
          throw Unsupported.parameter(
              chat.offering(), "response_format.type", "answers in JSON by a schema only");
    }
  }

  private static void effort(Chat chat, ObjectNode json) throws ImpossibleException {
    JsonNode effort = chat.take("reasoning_effort");
    if (effort.isMissingNode()) {
      return;
    }
    if (!List.of("low", "medium", "high").contains(effort.asText())) {
      throw Unsupported.parameter(chat.offering(), "reasoning_effort");
    }
    json.withObject("/output_config").put("effort", effort.asText());
  }
}
