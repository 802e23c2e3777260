package io.dualtrack.inference.adapter.vertex;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.access.ImpossibleException;
import io.dualtrack.inference.adapter.Chat;
import io.dualtrack.inference.adapter.Chat.Turn;
import io.dualtrack.inference.adapter.Json;
import io.dualtrack.inference.adapter.Unsupported;
import io.dualtrack.schemas.Offering;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An OpenAI chat as the body of Vertex's generateContent.
 *
 * @param outputLimit tokens; 0 where the request sets none
 */
record GenerateBody(ObjectNode json, long outputLimit) {

  static GenerateBody of(Chat chat) throws ImpossibleException {
    ObjectNode json = Json.object();
    contents(chat, json.putArray("contents"));
    if (!chat.system().isEmpty()) {
      ArrayNode parts = json.putObject("systemInstruction").putArray("parts");
      for (JsonNode part : chat.system()) {
        part(part, "messages[].content", parts, chat.offering());
      }
    }
    ObjectNode config = Json.object();
    long limit = chat.takeOutputLimit();
    if (limit > 0) {
      config.put("maxOutputTokens", limit);
    }
    Map<String, String> names =
        Map.of(
            "temperature", "temperature",
            "top_p", "topP",
            "top_k", "topK",
            "seed", "seed",
            "presence_penalty", "presencePenalty",
            "frequency_penalty", "frequencyPenalty");
    for (Map.Entry<String, String> name : names.entrySet()) {
      JsonNode value = chat.takeNumber(name.getKey());
      if (value.isNumber()) {
        config.set(name.getValue(), value);
      }
    }
    List<String> stops = chat.takeStops();
    if (!stops.isEmpty()) {
      stops.forEach(config.putArray("stopSequences")::add);
    }
    format(chat, config);
    tools(chat, json);
    if (!config.isEmpty()) {
      json.set("generationConfig", config);
    }
    chat.refuseRest();
    return new GenerateBody(json, limit);
  }

  private static void contents(Chat chat, ArrayNode into) throws ImpossibleException {
    Map<String, String> toolNames = new HashMap<>();
    for (Turn turn : chat.turns()) {
      String role = turn.role().equals("assistant") ? "model" : "user";
      ArrayNode parts = Json.MAPPER.createArrayNode();
      if (turn.role().equals("tool")) {
        result(turn, toolNames, parts);
      } else {
        List<JsonNode> given = Chat.parts(turn.message().path("content"), turn.at());
        for (int i = 0; i < given.size(); i++) {
          part(given.get(i), turn.at() + ".content[" + i + "]", parts, chat.offering());
        }
        calls(turn, toolNames, parts, chat.offering());
      }
      if (parts.isEmpty()) {
        throw Unsupported.malformed(turn.at() + ".content", "is empty");
      }
      JsonNode last = into.isEmpty() ? Json.MAPPER.missingNode() : into.get(into.size() - 1);
      if (last.path("role").asText().equals(role) && last.path("parts") instanceof ArrayNode to) {
        to.addAll(parts);
      } else {
        into.addObject().put("role", role).set("parts", parts);
      }
    }
  }

  private static void part(JsonNode part, String at, ArrayNode into, Offering offering)
      throws ImpossibleException {
    switch (part.path("type").asText()) {
      case "text" -> into.addObject().put("text", part.path("text").asText());
      case "refusal" -> into.addObject().put("text", part.path("refusal").asText());
      case "image_url" -> {
        Chat.Image image = Chat.image(part, at);
        if (image.url() != null) {
          throw Unsupported.parameter(
              offering, at + ".image_url.url", "takes images as data: URLs only");
        }
        into.addObject()
            .putObject("inlineData")
            .put("mimeType", image.mediaType())
            .put("data", image.data());
      }
      default -> throw Unsupported.parameter(offering, at + ".type");
    }
  }

  private static void calls(
      Turn turn, Map<String, String> toolNames, ArrayNode parts, Offering offering)
      throws ImpossibleException {
    JsonNode calls = turn.message().path("tool_calls");
    for (int i = 0; i < calls.size(); i++) {
      String at = turn.at() + ".tool_calls[" + i + "]";
      if (!calls.get(i).path("type").asText("function").equals("function")) {
        throw Unsupported.parameter(offering, at + ".type");
      }
      String name = calls.get(i).at("/function/name").asText();
      toolNames.put(calls.get(i).path("id").asText(), name);
      parts
          .addObject()
          .putObject("functionCall")
          .put("name", name)
          .set("args", Chat.arguments(calls.get(i), at));
    }
  }

  /** Results are told apart by the function's name here, not by the call's id. */
  private static void result(Turn turn, Map<String, String> toolNames, ArrayNode parts)
      throws ImpossibleException {
    String name = toolNames.get(turn.message().path("tool_call_id").asText());
    if (name == null) {
      throw Unsupported.malformed(turn.at() + ".tool_call_id", "is of no call before it");
    }
    StringBuilder text = new StringBuilder();
    for (JsonNode part : Chat.parts(turn.message().path("content"), turn.at())) {
      text.append(part.path("text").asText());
    }
    ObjectNode response = parts.addObject().putObject("functionResponse").put("name", name);
    JsonNode parsed = Json.parse(text.toString());
    response.set(
        "response", parsed.isObject() ? parsed : Json.object().put("output", text.toString()));
  }

  private static void tools(Chat chat, ObjectNode json) throws ImpossibleException {
    JsonNode tools = chat.take("tools");
    for (int i = 0; i < tools.size(); i++) {
      if (!tools.get(i).path("type").asText().equals("function")) {
        throw Unsupported.parameter(chat.offering(), "tools[" + i + "].type");
      }
      JsonNode function = tools.get(i).path("function");
      if (function.path("strict").asBoolean(false)) {
        throw Unsupported.parameter(chat.offering(), "tools[" + i + "].function.strict");
      }
      ArrayNode all = json.withArray("tools");
      ObjectNode holder = all.isEmpty() ? all.addObject() : (ObjectNode) all.get(0);
      ObjectNode made =
          holder
              .withArray("functionDeclarations")
              .addObject()
              .put("name", function.path("name").asText());
      if (function.hasNonNull("description")) {
        made.set("description", function.get("description"));
      }
      if (function.path("parameters").isObject()) {
        made.set("parametersJsonSchema", function.get("parameters"));
      }
    }
    JsonNode choice = chat.take("tool_choice");
    if (choice.isMissingNode()) {
      return;
    }
    ObjectNode calling = json.putObject("toolConfig").putObject("functionCallingConfig");
    if (choice.isObject() && choice.path("type").asText().equals("function")) {
      calling.put("mode", "ANY");
      calling.putArray("allowedFunctionNames").add(choice.at("/function/name").asText());
      return;
    }
    switch (choice.asText()) {
      case "auto" -> calling.put("mode", "AUTO");
      case "none" -> calling.put("mode", "NONE");
      case "required" -> calling.put("mode", "ANY");
      default -> throw Unsupported.parameter(chat.offering(), "tool_choice");
    }
  }

  private static void format(Chat chat, ObjectNode config) throws ImpossibleException {
    JsonNode format = chat.take("response_format");
    switch (format.path("type").asText("text")) {
      case "text" -> {
        // What it does anyway.
      }
      case "json_object" -> config.put("responseMimeType", "application/json");
      case "json_schema" ->
          config
              .put("responseMimeType", "application/json")
              .set("responseJsonSchema", format.at("/json_schema/schema"));
      default -> throw Unsupported.parameter(chat.offering(), "response_format.type");
    }
  }
}
