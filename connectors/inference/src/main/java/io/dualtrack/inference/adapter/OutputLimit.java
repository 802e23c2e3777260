package io.dualtrack.inference.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.inference.access.ImpossibleException;
import io.dualtrack.schemas.Offering;
import java.util.List;
import java.util.Objects;

/** How long an answer may become: as its request says, and as its offering declares. */
public final class OutputLimit {

  private static final List<String> NAMES =
      List.of("max_completion_tokens", "max_output_tokens", "max_tokens");

  private OutputLimit() {}

  /**
   * Most tokens of one answer that a request permits; 0 where it sets no limit.
   *
   * @param body in OpenAI's form
   */
  public static long of(JsonNode body) {
    long limit = 0;
    for (String name : NAMES) {
      JsonNode value = body.path(name);
      limit = Math.max(limit, value.canConvertToInt() ? value.intValue() : 0);
    }
    return limit;
  }

  /**
   * Refuses a limit above what the offering declares that it can write. How long the prompt is
   * nobody knows before the call: what is only estimated refuses nothing.
   */
  static void refuseBeyond(JsonNode body, Offering offering) throws ImpossibleException {
    long most =
        Math.min(
            Objects.requireNonNullElse(offering.getMaxOutputTokens(), Long.MAX_VALUE),
            Objects.requireNonNullElse(offering.getContextTokens(), Long.MAX_VALUE));
    for (String name : NAMES) {
      JsonNode value = body.path(name);
      if (value.isNumber() && value.doubleValue() > most) {
        throw Unsupported.parameter(offering, name, "writes at most %d tokens".formatted(most));
      }
    }
  }
}
