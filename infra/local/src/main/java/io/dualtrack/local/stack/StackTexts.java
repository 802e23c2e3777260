package io.dualtrack.local.stack;

import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.TextSeal;
import io.dualtrack.schemas.Topics;
import io.dualtrack.texts.KeyFolder;
import io.dualtrack.texts.SubjectKeyFolder;
import io.dualtrack.texts.TextKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The keys that a stack's texts are encrypted under: those that {@code DUALTRACK_TEXT_KEYS} names,
 * and otherwise those in the data folder, once it has a folder for them.
 */
public final class StackTexts {

  /** Where a data folder has the keys of texts. */
  public static final String FOLDER = "text-keys";

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private StackTexts() {}

  /** Has the texts of a stack encrypted that is started with this data folder from now on. */
  public static void encrypt(Path data) throws IOException {
    Files.createDirectories(data.resolve(FOLDER));
  }

  /** The environment of the stack's services. */
  static Map<String, String> environment(Path data) {
    Map<String, String> environment = new HashMap<>(System.getenv());
    Path folder = data.resolve(FOLDER);
    if (Files.isDirectory(folder)) {
      environment.putIfAbsent(TextKeys.VARIABLE, folder.toAbsolutePath().toString());
    }
    return environment;
  }

  static TextSeal seal(Path data) {
    return TextKeys.seal(environment(data));
  }

  /**
   * The keys, where they are in a folder; empty where texts are not encrypted, or keys elsewhere.
   */
  public static Optional<KeyFolder> folder(Path data) {
    return TextKeys.service(environment(data))
        .filter(KeyFolder.class::isInstance)
        .map(KeyFolder.class::cast);
  }

  /** The keys of accounts; empty where texts are not encrypted, or there is no folder for them. */
  public static Optional<SubjectKeyFolder> subjects(Path data) {
    return TextKeys.subjects(environment(data));
  }

  /**
   * Makes keys for tenants that have none.
   *
   * @return how many
   */
  static int createMissing(Path data, KafkaAccess kafka, SchemaRegistry registry)
      throws IOException {
    Optional<KeyFolder> keys = folder(data);
    if (keys.isEmpty()) {
      return 0;
    }
    Set<String> tenants = new TreeSet<>();
    try (var scan = new TopicScan<>(kafka, registry, Topics.TENANTS)) {
      boolean whole =
          scan.fromBeginning().toEnd(PATIENCE, key -> true, (key, tenant) -> tenants.add(key));
      if (!whole) {
        throw new IOException(
            "topic %s could not be read within %d s"
                .formatted(Topics.TENANTS.name(), PATIENCE.toSeconds()));
      }
    }
    return keys.get().createMissing(tenants);
  }
}
