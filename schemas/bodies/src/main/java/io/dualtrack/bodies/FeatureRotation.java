package io.dualtrack.bodies;

import java.time.Duration;
import java.util.Map;

/**
 * When the secret of features is replaced.
 *
 * @param age after which a secret is replaced by a new one
 * @param overlap for how long features are then made under the old one too, so that whoever
 *     compares them does not begin anew; after it the old one is destroyed
 */
public record FeatureRotation(Duration age, Duration overlap) {

  /** A month, and the week that evidence is remembered for. */
  public static final FeatureRotation DEFAULT =
      new FeatureRotation(Duration.ofDays(30), Duration.ofDays(7));

  public FeatureRotation {
    if (overlap.isNegative() || overlap.compareTo(age) >= 0) {
      throw new IllegalArgumentException(
          "secrets of features overlap for %s, but are replaced after %s; let them overlap for less"
              .formatted(overlap, age));
    }
  }

  /**
   * Reads {@code DUALTRACK_FEATURE_KEY_AGE_DAYS} and {@code DUALTRACK_FEATURE_KEY_OVERLAP_DAYS}.
   *
   * @throws IllegalArgumentException if a value is not understood, with its name
   */
  public static FeatureRotation fromEnvironment(Map<String, String> environment) {
    return new FeatureRotation(
        days(environment, "DUALTRACK_FEATURE_KEY_AGE_DAYS", DEFAULT.age),
        days(environment, "DUALTRACK_FEATURE_KEY_OVERLAP_DAYS", DEFAULT.overlap));
  }

  private static Duration days(Map<String, String> environment, String name, Duration usual) {
    String value = environment.get(name);
    if (value == null || value.isBlank()) {
      return usual;
    }
    try {
      return Duration.ofDays(Integer.parseUnsignedInt(value.strip()));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " must be a number of days, not " + value, e);
    }
  }
}
