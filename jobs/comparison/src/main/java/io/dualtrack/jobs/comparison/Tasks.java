package io.dualtrack.jobs.comparison;

import io.dualtrack.schemas.Features;
import io.dualtrack.schemas.ShadowPair;
import java.util.HexFormat;

/**
 * What a request is one of, without its text: what its caller says; else the application, by the
 * keyed hash of how its system prompt begins; else the kind of work that its text asks for.
 */
final class Tasks {

  private static final HexFormat HEX = HexFormat.of();

  private Tasks() {}

  static String of(ShadowPair pair) {
    if (pair.getTask() != null) {
      return pair.getTask();
    }
    Features features = pair.getFeatures();
    if (features == null) {
      return "unknown";
    }
    if (features.getSystemPrefix() != 0) {
      return "system:" + features.getKeyEpoch() + ":" + HEX.toHexDigits(features.getSystemPrefix());
    }
    return "kind:"
        + (features.getCapabilities().isEmpty() ? "other" : features.getCapabilities().get(0));
  }
}
