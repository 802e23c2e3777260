package io.dualtrack.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * What is answered to a call, before any dialect gives it a form. Equal requests get equal answers.
 *
 * @param asked the call
 * @param cachedTokens of the prompt, that a prefix cache held
 * @param wantedTokens length of the answer if the caller permits it
 * @param solution of a word problem, right or wrong; empty where none is asked or solved
 */
record Generation(Asked asked, long cachedTokens, long wantedTokens, Optional<String> solution) {

  static final int CHARS_PER_TOKEN = 4;

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final HexFormat HEX = HexFormat.of();
  private static final int LONGEST_CONTENT = 1_000;
  private static final String FILLER =
      "No model has read the request and none has written this: it only has the length that an"
          + " answer might have. ";

  /**
   * A call, whatever its dialect.
   *
   * @param prompt all text of the request
   * @param promptChars of it
   * @param tokenLimit of the answer
   * @param tool that the answer must call; null for none
   * @param schema that the answer must fit, an empty object for any JSON; null for text
   */
  record Asked(
      String model,
      long hash,
      String prompt,
      long promptChars,
      long tokenLimit,
      boolean streamed,
      String tool,
      JsonNode schema) {

    private static final int LEAST_TOKENS = 20;
    private static final int MOST_TOKENS = 200;

    long promptTokens() {
      return Math.max(1, (promptChars + CHARS_PER_TOKEN - 1) / CHARS_PER_TOKEN);
    }

    Generation answer(Behaviour behaviour, long cachedTokens) {
      return new Generation(
          this,
          Math.min(cachedTokens, promptTokens()),
          wantedTokens(behaviour.completionTokens()),
          WordProblems.solve(model, prompt, behaviour.accuracy()));
    }

    /**
     * @param fixed length that every answer has; 0 for one by the request's hash
     */
    long completionTokens(long fixed) {
      return Math.min(wantedTokens(fixed), tokenLimit);
    }

    private long wantedTokens(long fixed) {
      long span = MOST_TOKENS - LEAST_TOKENS + 1;
      return fixed == 0 ? LEAST_TOKENS + Long.remainderUnsigned(hash, span) : fixed;
    }
  }

  long promptTokens() {
    return asked.promptTokens();
  }

  long completionTokens() {
    return Math.min(wantedTokens, asked.tokenLimit());
  }

  long reasoningTokens() {
    return (asked.hash() >>> 40) % (completionTokens() / 2 + 1);
  }

  boolean isCutOff() {
    return wantedTokens > asked.tokenLimit();
  }

  boolean callsTool() {
    return asked.tool() != null;
  }

  String id() {
    return "sandbox-" + HEX.toHexDigits(asked.hash());
  }

  String toolArguments() {
    return "{\"sandbox\":\"" + HEX.toHexDigits(asked.hash()) + "\"}";
  }

  String content() {
    String statement =
        "This is Dualtrack's sandbox, not "
            + asked.model()
            + ". Answer "
            + HEX.toHexDigits(asked.hash())
            + ". ";
    if (asked.schema() != null) {
      return sample(asked.schema(), statement.strip()).toString();
    }
    if (solution.isPresent()) {
      return statement + solution.get();
    }
    int length = (int) Math.min(completionTokens() * CHARS_PER_TOKEN, LONGEST_CONTENT);
    StringBuilder text = new StringBuilder(statement);
    while (text.length() < length) {
      text.append(FILLER);
    }
    text.setLength(Math.max(length, statement.length()));
    return text.toString().strip();
  }

  /** The content in as many parts as its tokens fill; a long answer repeats none of them. */
  List<String> pieces(int tokensOfPiece) {
    String content = callsTool() ? toolArguments() : content();
    long count = Math.max(1, (completionTokens() + tokensOfPiece - 1) / tokensOfPiece);
    List<String> pieces = new ArrayList<>();
    int length = content.length();
    for (long i = 0; i < count; i++) {
      int from = (int) (length * i / count);
      int to = (int) (length * (i + 1) / count);
      pieces.add(content.substring(from, to));
    }
    return pieces;
  }

  /** The least value that fits a JSON schema of the kind that providers take. */
  private static JsonNode sample(JsonNode schema, String text) {
    if (schema.path("enum").isArray() && !schema.path("enum").isEmpty()) {
      return schema.path("enum").get(0);
    }
    JsonNode type = schema.path("type");
    String kind = type.isArray() ? type.path(0).asText() : type.asText("object");
    return switch (kind) {
      case "string" -> JsonNodeFactory.instance.textNode(text);
      case "integer", "number" -> JsonNodeFactory.instance.numberNode(0);
      case "boolean" -> JsonNodeFactory.instance.booleanNode(false);
      case "array" -> MAPPER.createArrayNode();
      case "null" -> JsonNodeFactory.instance.nullNode();
      default -> {
        ObjectNode object = MAPPER.createObjectNode();
        schema
            .path("properties")
            .fields()
            .forEachRemaining(field -> object.set(field.getKey(), sample(field.getValue(), text)));
        if (object.isEmpty()) {
          object.put("sandbox", text);
        }
        yield object;
      }
    };
  }
}
