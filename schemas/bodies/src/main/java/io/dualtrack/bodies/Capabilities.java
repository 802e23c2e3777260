package io.dualtrack.bodies;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What a request exercises of a model, by rules of thumb that need no model themselves. */
final class Capabilities {

  private static final int MANY_MESSAGES = 10;
  private static final int LONG_TEXT_WORDS = 3_000;

  private static final ImmutableSet<String> CODE =
      ImmutableSet.of(
          "api",
          "bug",
          "c",
          "class",
          "code",
          "compile",
          "css",
          "debug",
          "def",
          "exception",
          "function",
          "golang",
          "html",
          "implement",
          "import",
          "java",
          "javascript",
          "json",
          "kotlin",
          "method",
          "programming",
          "python",
          "refactor",
          "regex",
          "return",
          "rust",
          "script",
          "sql",
          "struct",
          "typescript",
          "unittest",
          "variable",
          "void");
  private static final ImmutableSet<String> REASONING =
      ImmutableSet.of(
          "calculate",
          "chain",
          "deduce",
          "derive",
          "explain",
          "how",
          "infer",
          "logic",
          "many",
          "much",
          "prove",
          "reason",
          "reasoning",
          "solve",
          "step",
          "steps",
          "theorem",
          "think",
          "thought",
          "total",
          "why");

  private Capabilities() {}

  /** Tags in the order of their names; {@code other} where there is none. */
  static List<String> of(ObjectNode body, List<String> words, String text) {
    List<String> tags = new ArrayList<>(2);
    JsonNode messages = body.path("messages");
    if (agentic(body, messages)) {
      tags.add("agentic");
    }
    if (text.contains("```") || holds(words, CODE)) {
      tags.add("coding");
    }
    if (messages.size() > MANY_MESSAGES || words.size() > LONG_TEXT_WORDS) {
      tags.add("long-horizon");
    }
    if (holds(words, REASONING)) {
      tags.add("reasoning");
    }
    return tags.isEmpty() ? List.of("other") : tags;
  }

  private static boolean agentic(ObjectNode body, JsonNode messages) {
    if (!body.path("tools").isEmpty() || !body.path("functions").isEmpty()) {
      return true;
    }
    for (JsonNode message : messages) {
      if (message.path("role").asText().equals("tool") || message.has("tool_calls")) {
        return true;
      }
    }
    return false;
  }

  /** Whether two different telling words are there; one alone tells little. */
  private static boolean holds(List<String> words, Set<String> telling) {
    String first = null;
    for (String word : words) {
      if (telling.contains(word) && !word.equals(first)) {
        if (first != null) {
          return true;
        }
        first = word;
      }
    }
    return false;
  }
}
