package io.dualtrack.topology.budget;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Utf8;
import io.dualtrack.schemas.BudgetHold;
import io.dualtrack.schemas.LargeFields;
import io.dualtrack.schemas.prices.PriceBook;
import io.dualtrack.topology.admission.Admission;
import java.util.List;

/**
 * The most tokens that a request can be billed for.
 *
 * <p>Nobody here has the tokenizers of all models, and an estimate may be too low. Bytes are not: a
 * token of text is at least one byte, so a text never has more tokens than bytes. It has a quarter
 * of them usually, so a budget is held against about four times the input that will be billed; the
 * difference returns with the answer.
 */
public final class Demand {

  /** More tokens than a provider bills for one image, in its finest detail. */
  static final long IMAGE_TOKENS = 20_000;

  /** More than providers put around a request of their own, for tools most of it. */
  private static final long AROUND_TOKENS = 1_000;

  private static final List<String> OUTPUT_LIMITS =
      List.of("max_completion_tokens", "max_output_tokens", "max_tokens");
  private static final int MOST_ANSWERS = 10_000;

  private Demand() {}

  /**
   * @param body that is sent, as JSON
   * @param large fields of it that are in a file; null where there are none
   */
  public static BudgetHold of(ObjectNode body, LargeFields large, String endpoint) {
    return BudgetHold.newBuilder()
        .setInputTokens(inputTokens(body, large))
        .setOutputTokens(endpoint.equals(Admission.EMBEDDINGS) ? Long.valueOf(0) : limit(body))
        .setAnswers(answers(body))
        .build();
  }

  /** Null where a part is only named, and may be a book. */
  private static Long inputTokens(ObjectNode body, LargeFields large) {
    long tokens = AROUND_TOKENS + utf8Bytes(body.toString());
    if (large != null) {
      tokens += large.getFile().getBytes();
    }
    for (JsonNode message : body.path("messages")) {
      for (JsonNode part : message.path("content")) {
        switch (part.path("type").asText("text")) {
          case "text", "refusal", "input_audio" -> {
            // Their bytes are in the body.
          }
          case "image_url" -> tokens += IMAGE_TOKENS;
          default -> {
            return null;
          }
        }
      }
    }
    return Math.min(tokens, PriceBook.MOST_TOKENS);
  }

  /** Null where there is none. Of several limits nobody knows which one the provider takes. */
  private static Long limit(ObjectNode body) {
    Long most = null;
    for (String name : OUTPUT_LIMITS) {
      JsonNode limit = body.path(name);
      if (limit.isIntegralNumber() && limit.canConvertToLong() && limit.longValue() >= 0) {
        long tokens = Math.min(limit.longValue(), PriceBook.MOST_TOKENS);
        most = most == null ? tokens : Math.max(most, tokens);
      }
    }
    return most;
  }

  private static int answers(ObjectNode body) {
    JsonNode answers = body.path("n");
    return answers.isIntegralNumber()
        ? (int) Math.max(1, Math.min(MOST_ANSWERS, answers.asLong(MOST_ANSWERS)))
        : 1;
  }

  private static long utf8Bytes(String text) {
    try {
      return Utf8.encodedLength(text);
    } catch (IllegalArgumentException unpairedSurrogate) {
      return text.length() * 3L;
    }
  }
}
