package io.dualtrack.texts;

import io.dualtrack.schemas.TextSeal;
import java.nio.file.Files;
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

  /** Names the folder of the accounts' keys, where the tenants' are in none. */
  public static final String SUBJECTS_VARIABLE = "DUALTRACK_SUBJECT_KEYS";

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

  /**
   * Reads {@code DUALTRACK_SUBJECT_KEYS}; without it, the accounts' keys are in the folder of the
   * tenants', if there is one.
   *
   * @return empty where texts are not encrypted, or only the tenants' keys can be had
   * @throws IllegalArgumentException naming the variable, if its value cannot be used
   */
  public static Optional<SubjectKeyFolder> subjects(Map<String, String> environment) {
    return service(environment).flatMap(tenants -> subjects(environment, tenants));
  }

  private static Optional<SubjectKeyFolder> subjects(
      Map<String, String> environment, KeyService tenants) {
    String location = environment.getOrDefault(SUBJECTS_VARIABLE, "").strip();
    if (!location.isEmpty() && !Files.isDirectory(Path.of(location))) {
      // Without it texts would be written that no account's key destroys.
      throw new IllegalArgumentException(
          "%s: %s is no folder; make it, or mount it".formatted(SUBJECTS_VARIABLE, location));
    }
    Optional<Path> folder =
        location.isEmpty()
            ? Optional.of(tenants)
                .filter(KeyFolder.class::isInstance)
                .map(keys -> ((KeyFolder) keys).folder())
            : Optional.of(Path.of(location));
    return folder.map(each -> new SubjectKeyFolder(tenants, each, InstantSource.system()));
  }

  /** The keys of tenants and of accounts; empty where texts are not encrypted. */
  public static Optional<SubjectKeyService> keys(Map<String, String> environment) {
    return service(environment)
        .map(
            tenants ->
                new SubjectKeyService(
                    tenants, subjects(environment, tenants), InstantSource.system()));
  }

  /** What serdes of a process seal texts with. */
  public static TextSeal seal(Map<String, String> environment) {
    Optional<SubjectKeyService> keys = keys(environment);
    LOG.info("texts are {}", keys.isPresent() ? "encrypted" : "not encrypted");
    return keys.<TextSeal>map(each -> new TenantSeal(each, InstantSource.system()))
        .orElse(TextSeal.NONE);
  }
}
