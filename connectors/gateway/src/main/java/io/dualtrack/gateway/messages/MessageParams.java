package io.dualtrack.gateway.messages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * Anthropic's {@code params} as a chat in OpenAI's form, which is what goes through the pipeline.
 * What has no counterpart there is refused by its name rather than left out.
 */
final class MessageParams {

  private static final JsonMapper JSON = new JsonMapper();

  /** A parameter that cannot be taken. */
  static final class UnsupportedException extends Exception {
    private final String parameter;

    UnsupportedException(String parameter, String what) {
      super(what, null, false, false);
      this.parameter = parameter;
    }

    /** Path of the parameter within the params. */
    String parameter() {
      return parameter;
    }
  }

  private final ObjectNode body = JSON.createObjectNode();
  private final ArrayNode messages = JSON.createArrayNode();

  private MessageParams() {}

  /**
   * @throws UnsupportedException naming what cannot be said as a chat, or is missing
   */
  static ObjectNode toChat(ObjectNode params) throws UnsupportedException {
    return new MessageParams().translate(params);
  }

  private ObjectNode translate(ObjectNode params) throws UnsupportedException {
    for (String field : new String[] {"model", "max_tokens", "messages"}) {
      if (!params.hasNonNull(field)) {
        throw new UnsupportedException(field, "is required");
      }
    }
    if (params.hasNonNull("system")) {
      messages.addObject().put("role", "system").put("content", system(params.get("system")));
    }
    for (Map.Entry<String, JsonNode> field : params.properties()) {
      take(field.getKey(), field.getValue());
    }
    body.set("messages", messages);
    return body;
  }

  private void take(String name, JsonNode value) throws UnsupportedException {
    if (value.isNull()) {
      return;
    }
    switch (name) {
      case "model", "max_tokens", "temperature", "top_p" -> body.set(name, value);
      case "stop_sequences" -> body.set("stop", value);
      case "messages" -> messages(value);
      case "tools" -> tools(value);
      case "tool_choice" -> toolChoice(value);
      case "metadata" -> metadata(value);
      case "system" -> {
        // The first message already.
      }
      case "stream" -> {
        if (value.booleanValue()) {
          throw new UnsupportedException(name, "cannot be true in a batch");
        }
      }
      default -> throw new UnsupportedException(name, "is not supported here; leave it out");
    }
  }

  private static String system(JsonNode system) throws UnsupportedException {
    if (system.isTextual()) {
      return system.textValue();
    }
    StringBuilder text = new StringBuilder();
    for (JsonNode block : system) {
      requireOnly(block, "system", "type", "text");
      text.append(text.length() == 0 ? "" : "\n").append(text(block, "system"));
    }
    return text.toString();
  }

  /** A block with more than these fields says something that would be lost. */
  private static void requireOnly(JsonNode block, String at, String... fields)
      throws UnsupportedException {
    for (Map.Entry<String, JsonNode> field : block.properties()) {
      if (!field.getValue().isNull() && !java.util.List.of(fields).contains(field.getKey())) {
        throw new UnsupportedException(
            at + "." + field.getKey(), "is not supported here; leave it out");
      }
    }
  }

  private static String text(JsonNode block, String at) throws UnsupportedException {
    if (!block.path("type").asText().equals("text") || !block.path("text").isTextual()) {
      throw new UnsupportedException(at, "must be text");
    }
    return block.get("text").textValue();
  }

  private void messages(JsonNode list) throws UnsupportedException {
    if (!list.isArray() || list.isEmpty()) {
      throw new UnsupportedException("messages", "must be a list with a message");
    }
    for (int i = 0; i < list.size(); i++) {
      JsonNode message = list.get(i);
      String at = "messages." + i;
      requireOnly(message, at, "role", "content");
      JsonNode content = message.path("content");
      switch (message.path("role").asText()) {
        case "user" -> user(content, at);
        case "assistant" -> assistant(content, at);
        default -> throw new UnsupportedException(at + ".role", "must be user or assistant");
      }
    }
  }

  private void user(JsonNode content, String at) throws UnsupportedException {
    if (content.isTextual()) {
      messages.addObject().put("role", "user").set("content", content);
      return;
    }
    ArrayNode parts = JSON.createArrayNode();
    for (JsonNode block : blocks(content, at)) {
      switch (block.path("type").asText()) {
        case "text" -> {
          requireOnly(block, at, "type", "text");
          parts.addObject().put("type", "text").put("text", text(block, at));
        }
        case "image" -> image(block, parts, at);
        case "tool_result" -> toolResult(block, at);
        default ->
            throw new UnsupportedException(
                at + ".content", "has a block of a type that is not supported here");
      }
    }
    if (!parts.isEmpty()) {
      messages.addObject().put("role", "user").set("content", parts);
    }
  }

  private static JsonNode blocks(JsonNode content, String at) throws UnsupportedException {
    if (!content.isArray() || content.isEmpty()) {
      throw new UnsupportedException(at + ".content", "must be a text or a list of blocks");
    }
    return content;
  }

  private static void image(JsonNode block, ArrayNode parts, String at)
      throws UnsupportedException {
    requireOnly(block, at, "type", "source");
    JsonNode source = block.path("source");
    String url =
        switch (source.path("type").asText()) {
          case "url" -> source.path("url").asText();
          case "base64" ->
              "data:%s;base64,%s"
                  .formatted(source.path("media_type").asText(), source.path("data").asText());
          default -> throw new UnsupportedException(at + ".source", "must be a URL or base64");
        };
    parts.addObject().put("type", "image_url").putObject("image_url").put("url", url);
  }

  private void toolResult(JsonNode block, String at) throws UnsupportedException {
    requireOnly(block, at, "type", "tool_use_id", "content", "is_error");
    if (block.path("is_error").asBoolean()) {
      throw new UnsupportedException(at + ".is_error", "is not supported here; say it in words");
    }
    JsonNode content = block.path("content");
    messages
        .addObject()
        .put("role", "tool")
        .put("tool_call_id", block.path("tool_use_id").asText())
        .put("content", content.isMissingNode() ? "" : system(content));
  }

  private void assistant(JsonNode content, String at) throws UnsupportedException {
    ObjectNode message = messages.addObject().put("role", "assistant");
    if (content.isTextual()) {
      message.set("content", content);
      return;
    }
    StringBuilder said = new StringBuilder();
    ArrayNode calls = JSON.createArrayNode();
    for (JsonNode block : blocks(content, at)) {
      switch (block.path("type").asText()) {
        case "text" -> {
          requireOnly(block, at, "type", "text");
          said.append(text(block, at));
        }
        case "tool_use" -> {
          requireOnly(block, at, "type", "id", "name", "input");
          ObjectNode call = calls.addObject();
          call.put("id", block.path("id").asText()).put("type", "function");
          call.putObject("function")
              .put("name", block.path("name").asText())
              .put("arguments", block.path("input").toString());
        }
        default ->
            throw new UnsupportedException(
                at + ".content", "has a block of a type that is not supported here");
      }
    }
    if (said.length() > 0) {
      message.put("content", said.toString());
    } else {
      message.putNull("content");
    }
    if (!calls.isEmpty()) {
      message.set("tool_calls", calls);
    }
  }

  private void tools(JsonNode tools) throws UnsupportedException {
    ArrayNode functions = JSON.createArrayNode();
    for (JsonNode tool : tools) {
      if (!tool.path("type").asText("custom").equals("custom")) {
        throw new UnsupportedException("tools.type", "must be custom");
      }
      requireOnly(tool, "tools", "type", "name", "description", "input_schema");
      ObjectNode function = functions.addObject().put("type", "function").putObject("function");
      function.set("name", tool.get("name"));
      if (tool.hasNonNull("description")) {
        function.set("description", tool.get("description"));
      }
      function.set("parameters", tool.get("input_schema"));
    }
    if (!functions.isEmpty()) {
      body.set("tools", functions);
    }
  }

  private void toolChoice(JsonNode choice) throws UnsupportedException {
    switch (choice.path("type").asText()) {
      case "auto", "none" -> body.set("tool_choice", choice.get("type"));
      case "any" -> body.put("tool_choice", "required");
      case "tool" ->
          body.putObject("tool_choice")
              .put("type", "function")
              .putObject("function")
              .set("name", choice.get("name"));
      default -> throw new UnsupportedException("tool_choice.type", "is not known");
    }
    if (choice.hasNonNull("disable_parallel_tool_use")) {
      body.put("parallel_tool_calls", !choice.get("disable_parallel_tool_use").asBoolean());
    }
  }

  private void metadata(JsonNode metadata) throws UnsupportedException {
    requireOnly(metadata, "metadata", "user_id");
    if (metadata.hasNonNull("user_id")) {
      body.set("user", metadata.get("user_id"));
    }
  }
}
