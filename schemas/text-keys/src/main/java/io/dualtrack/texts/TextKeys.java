package io.dualtrack.texts;

import io.dualtrack.schemas.TextSeal;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a process finds the keys of texts, if they are encrypted at all. */
public final class TextKeys {

  /** Names a folder, or the address of keys at a key management service. */
  public static final String VARIABLE = "DUALTRACK_TEXT_KEYS";

  private static final Logger LOG = LoggerFactory.getLogger(TextKeys.class);

  private TextKeys() {}

  /**
   * Reads {@code DUALTRACK_TEXT_KEYS}.
   *
   * @return empty where it is not set: texts are not encrypted
   * @throws IllegalArgumentException naming the variable, if its value cannot be used
   */
  public static Optional<KeyService> service(Map<String, String> environment) {
    String location = environment.getOrDefault(VARIABLE, "").strip();
    if (location.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          location.contains("://") ? KmsKeys.of(location) : new KeyFolder(Path.of(location)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(VARIABLE + ": " + e.getMessage(), e);
    }
  }

  /** What serdes of a process seal texts with. */
  public static TextSeal seal(Map<String, String> environment) {
    Optional<KeyService> service = service(environment);
    LOG.info("texts are {}", service.isPresent() ? "encrypted" : "not encrypted");
    return service
        .<TextSeal>map(keys -> new TenantSeal(keys, InstantSource.system()))
        .orElse(TextSeal.NONE);
  }
}
