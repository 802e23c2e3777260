package io.dualtrack.inference.adapter;

import com.fasterxml.jackson.databind.JsonNode;

/** Counts in a provider's usage object. */
public final class TokenCount {

  /** What a token is in characters, roughly, where nobody has counted. */
  private static final int CHARACTERS_PER_TOKEN = 4;

  /** The usage cannot be billed by. */
  public static final class NotACountException extends Exception {
    private static final long serialVersionUID = 1L;

    public NotACountException(String message) {
      super(message, null, false, false);
    }
  }

  private TokenCount() {}

  /** Absent and null are 0: providers leave out what they do not count. */
  public static long of(JsonNode parent, String name) throws NotACountException {
    JsonNode node = parent.path(name);
    if (node.isMissingNode() || node.isNull()) {
      return 0;
    }
    if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0) {
      throw new NotACountException(name + " is not a count of tokens");
    }
    return node.intValue();
  }

  public static long estimate(long characters) {
    return (characters + CHARACTERS_PER_TOKEN - 1) / CHARACTERS_PER_TOKEN;
  }
}
