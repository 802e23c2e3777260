package io.dualtrack.bodies;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Who says what in a request. Operators write system prompts once for many users, so they are kept
 * apart from what users ask.
 *
 * @param asked what the user's messages say (all but the operator's where there is none), or an
 *     embedding's input
 * @param instructed what system and developer messages say; empty where there is none
 */
record Conversation(String asked, String instructed) {

  /** A longer text is cut: its first three quarters of this and its last quarter count. */
  static final int MAX_CHARS = 32 * 1024;

  /** Only the beginning of a system prompt is looked at. */
  private static final int MAX_INSTRUCTED_CHARS = 4 * 1024;

  static Conversation of(ObjectNode body) {
    JsonNode messages = body.path("messages");
    if (!messages.isArray()) {
      StringBuilder input = new StringBuilder();
      append(body.path("input"), input);
      return new Conversation(bounded(input), "");
    }
    StringBuilder user = new StringBuilder();
    StringBuilder operator = new StringBuilder();
    for (JsonNode message : messages) {
      switch (message.path("role").asText()) {
        case "user" -> append(message.path("content"), user);
        case "system", "developer" -> append(message.path("content"), operator);
        default -> {}
      }
    }
    if (user.isEmpty()) {
      for (JsonNode message : messages) {
        String role = message.path("role").asText();
        if (!role.equals("system") && !role.equals("developer")) {
          append(message.path("content"), user);
        }
      }
    }
    return new Conversation(
        bounded(user), operator.substring(0, Math.min(MAX_INSTRUCTED_CHARS, operator.length())));
  }

  private static void append(JsonNode content, StringBuilder text) {
    if (content.isTextual()) {
      text.append(content.textValue()).append('\n');
    } else if (content.isArray()) {
      for (JsonNode part : content) {
        append(part.isObject() ? part.path("text") : part, text);
      }
    }
  }

  private static String bounded(StringBuilder text) {
    if (text.length() <= MAX_CHARS) {
      return text.toString();
    }
    int head = MAX_CHARS / 4 * 3;
    return text.substring(0, head) + '\n' + text.substring(text.length() - (MAX_CHARS - head));
  }
}
