package io.dualtrack.inference.access;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys of providers, by the name of the variable that holds them. Never printed.
 *
 * <p>A name is looked for as a file in the folder {@code DUALTRACK_SECRETS} (a mounted Kubernetes
 * secret has one file for each key), then in the file that {@code NAME_FILE} names, then as the
 * variable itself. Files are read again after a while, so that a key can be changed without a
 * restart. Names of Dualtrack's own settings are no keys: a control record must not be able to send
 * them anywhere.
 */
public final class Credentials {

  private static final Logger LOG = LoggerFactory.getLogger(Credentials.class);

  public static final String FOLDER_VARIABLE = "DUALTRACK_SECRETS";

  private static final String OWN_PREFIX = "DUALTRACK_";
  private static final Duration FRESH = Duration.ofSeconds(10);

  private record Known(Optional<String> key, Instant readAt) {}

  private final Map<String, String> environment;
  private final InstantSource clock;
  private final Map<String, Known> files = new ConcurrentHashMap<>();

  public Credentials(Map<String, String> environment) {
    this(environment, InstantSource.system());
  }

  public Credentials(Map<String, String> environment, InstantSource clock) {
    this.environment = Map.copyOf(environment);
    this.clock = clock;
  }

  /** Empty where the name is not known, or is known as nothing. */
  public Optional<String> key(String name) {
    if (name.startsWith(OWN_PREFIX) || name.indexOf('/') >= 0 || name.startsWith(".")) {
      return Optional.empty();
    }
    String folder = environment.get(FOLDER_VARIABLE);
    Optional<String> mounted =
        folder == null ? Optional.empty() : fromFile(Path.of(folder).resolve(name));
    return mounted
        .or(
            () ->
                Optional.ofNullable(environment.get(name + "_FILE"))
                    .map(Path::of)
                    .flatMap(this::fromFile))
        .or(() -> Optional.ofNullable(environment.get(name)).flatMap(Credentials::meant));
  }

  private Optional<String> fromFile(Path file) {
    Instant now = clock.instant();
    Known known = files.get(file.toString());
    if (known == null || Duration.between(known.readAt(), now).compareTo(FRESH) > 0) {
      known = new Known(read(file), now);
      files.put(file.toString(), known);
    }
    return known.key();
  }

  private static Optional<String> read(Path file) {
    try {
      return meant(Files.readString(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      LOG.error(
          "a key's file cannot be read; file={} cause={}", file, e.getClass().getSimpleName());
      return Optional.empty();
    }
  }

  private static Optional<String> meant(String text) {
    return Optional.of(text.strip()).filter(key -> !key.isEmpty());
  }

  @Override
  public String toString() {
    return "Credentials";
  }
}
