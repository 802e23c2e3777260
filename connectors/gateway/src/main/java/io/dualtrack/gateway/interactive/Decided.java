package io.dualtrack.gateway.interactive;

import io.dualtrack.schemas.InferenceResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What became of a request, for the head of its answer. */
final class Decided {

  static final String HEADER = "X-Dualtrack-Decision";

  private Decided() {}

  /**
   * For example {@code lane=API; offering=openai-gpt-5.6-sol-eu; jurisdiction=EU; cache=miss}.
   * Cache is {@code hit}, {@code joined} or {@code miss}, and {@code none} where nothing answered.
   */
  static String header(InferenceResult result) {
    List<String> parts = new ArrayList<>();
    parts.add("outcome=" + result.getOutcome().name().toLowerCase(Locale.ROOT));
    if (result.getLane() != null) {
      parts.add("lane=" + result.getLane());
    }
    if (result.getOffering() != null) {
      parts.add("offering=" + result.getOffering());
    }
    parts.add("jurisdiction=" + String.join("+", result.getJurisdictions()));
    parts.add(
        "cache="
            + switch (result.getSource()) {
              case CACHE -> "hit";
              case JOINED -> "joined";
              case PROVIDER -> "miss";
              case NONE -> "none";
            });
    return String.join("; ", parts);
  }
}
