package io.dualtrack.gateway.bodies;

import io.dualtrack.bodies.FeatureExtractor;
import io.dualtrack.bodies.FeatureKeyring;
import io.dualtrack.bodies.FeatureRotation;
import io.dualtrack.gateway.GatewayConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/** The secret that features are keyed with; the topology must have the same. */
public final class FeatureSettings {

  private FeatureSettings() {}

  /**
   * Reads {@code DUALTRACK_FEATURE_SECRET} and {@code DUALTRACK_FEATURE_KEY_EPOCH} as the topology
   * does. Without a secret they are those of the folder {@code DUALTRACK_FEATURE_FOLDER}, the
   * topology's data folder (by default this process's own), and take turns as {@link
   * FeatureRotation#fromEnvironment} says.
   *
   * @throws IllegalArgumentException if a value is not understood, with its name
   */
  public static FeatureExtractor extractor(Map<String, String> environment) {
    String secret = environment.get("DUALTRACK_FEATURE_SECRET");
    if (secret == null || secret.isBlank()) {
      return new FeatureExtractor(
          FeatureKeyring.ofFolder(
              folder(environment),
              FeatureRotation.fromEnvironment(environment),
              InstantSource.system()));
    }
    String epoch = environment.getOrDefault("DUALTRACK_FEATURE_KEY_EPOCH", "1");
    try {
      return new FeatureExtractor(
          secret.getBytes(StandardCharsets.UTF_8), Integer.parseInt(epoch.strip()));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "DUALTRACK_FEATURE_KEY_EPOCH must be a whole number, not " + epoch, e);
    }
  }

  private static Path folder(Map<String, String> environment) {
    String folder = environment.get("DUALTRACK_FEATURE_FOLDER");
    return Path.of(
        folder == null || folder.isBlank()
            ? GatewayConfig.required(environment, "DUALTRACK_DATA")
            : folder.strip());
  }
}
