package io.dualtrack.schemas;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;

/**
 * Keeps the schemas of a release as files, which every later build is checked against. Run at a
 * release, from this module's folder:
 *
 * <pre>mvn test-compile exec:java -Dexec.args=0.2</pre>
 */
public final class ReleaseSchemas {

  static final Path RELEASED = Path.of("released");

  private ReleaseSchemas() {}

  /**
   * What is written for longer than a process lives: the topics' records and the topology's state.
   */
  static List<Schema> schemas() {
    return Stream.concat(
            Topics.all().stream().map(Topic::valueType),
            Stream.of(
                RoutedRequest.class,
                Flight.class,
                Waiter.class,
                CachedAnswer.class,
                CountedVolume.class,
                Reservation.class,
                ThrottleWindow.class,
                ShadowSpend.class,
                MoveTally.class,
                SeenQuality.class))
        .distinct()
        .map(AvroSerde::schemaOf)
        .toList();
  }

  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      throw new IllegalArgumentException("which version? for example -Dexec.args=0.2");
    }
    Path folder = Files.createDirectories(RELEASED.resolve(args[0]));
    for (Schema schema : schemas()) {
      Files.writeString(folder.resolve(schema.getName() + ".avsc"), schema.toString(true) + "\n");
    }
  }
}
