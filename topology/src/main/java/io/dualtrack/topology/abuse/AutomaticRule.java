package io.dualtrack.topology.abuse;

import io.dualtrack.schemas.RecommendedAction;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * From which score on something is done about a cluster's accounts without anybody's command.
 *
 * @param score of an alert, above 0 and at most 1
 * @param action throttle or suspend
 */
public record AutomaticRule(double score, RecommendedAction action) {

  private static final String SCORE = "DUALTRACK_ABUSE_AUTOMATIC_SCORE";
  private static final String ACTION = "DUALTRACK_ABUSE_AUTOMATIC_ACTION";

  public AutomaticRule {
    if (!(score > 0 && score <= 1)) {
      throw new IllegalArgumentException(
          "%s must be above 0 and at most 1, not %s".formatted(SCORE, score));
    }
    if (action == RecommendedAction.REVIEW) {
      throw new IllegalArgumentException(ACTION + " must be throttle or suspend");
    }
  }

  /**
   * Reads {@code DUALTRACK_ABUSE_AUTOMATIC_SCORE} and {@code DUALTRACK_ABUSE_AUTOMATIC_ACTION}
   * (throttle, which is the default, or suspend); empty where no score is set.
   *
   * @throws IllegalArgumentException with a sentence that names the variable
   */
  public static Optional<AutomaticRule> fromEnvironment(Map<String, String> environment) {
    String score = environment.getOrDefault(SCORE, "").strip();
    if (score.isEmpty()) {
      return Optional.empty();
    }
    String action = environment.getOrDefault(ACTION, "throttle").strip();
    double number;
    try {
      number = Double.parseDouble(score);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(SCORE + " is no number: " + score, e);
    }
    try {
      return Optional.of(
          new AutomaticRule(number, RecommendedAction.valueOf(action.toUpperCase(Locale.ROOT))));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s above 0 and at most 1, and %s throttle or suspend, are needed; there are %s and %s"
              .formatted(SCORE, ACTION, score, action),
          e);
    }
  }
}
