package io.dualtrack.gateway.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.error.ApiError;
import java.util.Map;
import java.util.Set;

/**
 * {@code /v1/responses}, asked as a chat: every offering knows chats, and few know this. What has
 * no counterpart there is refused by its name rather than left out.
 */
public final class ResponsesRequest {

  public static final String ENDPOINT = "/v1/responses";

  /** What it is asked as. */
  public static final String ASKED_AT = "/v1/chat/completions";

  private static final JsonMapper JSON = new JsonMapper();

  /** Fields that a chat has under the same name. */
  private static final Set<String> SAME =
      Set.of(
          "model",
          "temperature",
          "top_p",
          "metadata",
          "user",
          "safety_identifier",
          "prompt_cache_key",
          "service_tier",
          "parallel_tool_calls",
          "seed");

  /** Says whether the provider may keep the answer; nothing is kept behind this gateway. */
  private static final Set<String> WITHOUT_EFFECT = Set.of("store", "truncation", "include");

  private final ObjectNode body = JSON.createObjectNode();

  private ResponsesRequest() {}

  /**
   * The chat that asks the same.
   *
   * @param asked has a model and an input, and no stream
   * @throws io.dualtrack.gateway.error.ApiException with 400 naming what a chat cannot say
   */
  public static ObjectNode toChat(ObjectNode asked) {
    ResponsesRequest request = new ResponsesRequest();
    request.translate(asked);
    return request.body;
  }

  private void translate(ObjectNode asked) {
    ArrayNode messages = JSON.createArrayNode();
    for (Map.Entry<String, JsonNode> field : asked.properties()) {
      JsonNode value = field.getValue();
      switch (field.getKey()) {
        case "instructions" -> {
          if (value.isTextual()) {
            messages.insertObject(0).put("role", "system").set("content", value);
          }
        }
        case "input" -> input(value, messages);
        case "max_output_tokens" -> body.set("max_completion_tokens", value);
        case "reasoning" -> {
          if (value.hasNonNull("effort")) {
            body.set("reasoning_effort", value.get("effort"));
          }
        }
        case "text" -> format(value.path("format"));
        case "tools" -> tools(value);
        case "tool_choice" -> body.set("tool_choice", toolChoice(value));
        default -> other(field.getKey(), value);
      }
    }
    body.set("messages", messages);
  }

  private void other(String name, JsonNode value) {
    if (SAME.contains(name)) {
      body.set(name, value);
    } else if (!WITHOUT_EFFECT.contains(name)
        && !value.isNull()
        && !(value.isBoolean() && !value.booleanValue())) {
      throw unsupported(name);
    }
  }

  private static void input(JsonNode input, ArrayNode messages) {
    if (input.isTextual()) {
      messages.addObject().put("role", "user").set("content", input);
      return;
    }
    if (!input.isArray() || input.isEmpty()) {
      throw ApiError.invalid(
              "invalid_type", "input", "'input' must be a text or an array of items.")
          .toException();
    }
    for (JsonNode item : input) {
      switch (item.path("type").asText("message")) {
        case "message" -> message(item, messages);
        case "function_call" -> {
          ObjectNode call = messages.addObject().put("role", "assistant");
          ObjectNode made = call.putArray("tool_calls").addObject();
          made.set("id", item.get("call_id"));
          made.put("type", "function");
          made.putObject("function")
              .put("name", item.path("name").asText())
              .put("arguments", item.path("arguments").asText());
        }
        case "function_call_output" -> {
          ObjectNode result = messages.addObject().put("role", "tool");
          result.set("tool_call_id", item.get("call_id"));
          result.set("content", item.get("output"));
        }
        default -> throw unsupported("input[].type");
      }
    }
  }

  private static void message(JsonNode item, ArrayNode messages) {
    ObjectNode message = messages.addObject().put("role", item.path("role").asText("user"));
    JsonNode content = item.path("content");
    if (!content.isArray()) {
      message.set("content", content);
      return;
    }
    ArrayNode parts = message.putArray("content");
    for (JsonNode part : content) {
      switch (part.path("type").asText()) {
        case "input_text", "output_text", "text" ->
            parts.addObject().put("type", "text").set("text", part.get("text"));
        case "input_image" -> {
          ObjectNode image = parts.addObject().put("type", "image_url").putObject("image_url");
          image.set("url", part.get("image_url"));
          if (part.hasNonNull("detail")) {
            image.set("detail", part.get("detail"));
          }
        }
        default -> throw unsupported("input[].content[].type");
      }
    }
  }

  private void format(JsonNode format) {
    switch (format.path("type").asText("text")) {
      case "text" -> {}
      case "json_object" -> body.putObject("response_format").put("type", "json_object");
      case "json_schema" -> {
        ObjectNode schema = ((ObjectNode) format).deepCopy();
        schema.remove("type");
        body.putObject("response_format").put("type", "json_schema").set("json_schema", schema);
      }
      default -> throw unsupported("text.format.type");
    }
  }

  private void tools(JsonNode tools) {
    ArrayNode functions = JSON.createArrayNode();
    for (JsonNode tool : tools) {
      if (!tool.path("type").asText().equals("function")) {
        throw unsupported("tools[].type");
      }
      ObjectNode function = ((ObjectNode) tool).deepCopy();
      function.remove("type");
      functions.addObject().put("type", "function").set("function", function);
    }
    if (!functions.isEmpty()) {
      body.set("tools", functions);
    }
  }

  private static JsonNode toolChoice(JsonNode choice) {
    if (choice.isTextual()) {
      return choice;
    }
    if (!choice.path("type").asText().equals("function")) {
      throw unsupported("tool_choice.type");
    }
    ObjectNode named = JSON.createObjectNode().put("type", "function");
    named.putObject("function").set("name", choice.get("name"));
    return named;
  }

  /** An error that names what is not supported. */
  public static RuntimeException unsupported(String parameter) {
    return ApiError.invalid(
            "unsupported_parameter",
            parameter,
            "'%s' is not supported here as it was sent; ask /v1/chat/completions, or leave it out."
                .formatted(parameter))
        .toException();
  }
}
