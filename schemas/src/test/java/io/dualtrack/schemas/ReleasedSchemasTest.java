package io.dualtrack.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Records that were ever written must stay readable: BACKWARD_TRANSITIVE, before any registry. */
class ReleasedSchemasTest {

  static List<Path> released() throws IOException {
    try (Stream<Path> files = Files.walk(ReleaseSchemas.RELEASED)) {
      return files.filter(file -> file.toString().endsWith(".avsc")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("released")
  void recordsOfAReleasedSchemaAreStillReadable(Path file) throws IOException {
    Schema old = new Schema.Parser().parse(file.toFile());
    Schema now =
        ReleaseSchemas.schemas().stream()
            .filter(schema -> schema.getName().equals(old.getName()))
            .findFirst()
            .orElseThrow(() -> new AssertionError(old.getName() + " was released and is gone"));

    var compatibility = SchemaCompatibility.checkReaderWriterCompatibility(now, old);

    assertThat(compatibility.getType())
        .as("%s: %s", file, compatibility.getResult().getIncompatibilities())
        .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
  }

  @Test
  void everythingThatIsWrittenHasBeenReleased() throws IOException {
    List<String> names =
        released().stream()
            .map(file -> file.getFileName().toString().replace(".avsc", ""))
            .toList();

    assertThat(names).containsAll(ReleaseSchemas.schemas().stream().map(Schema::getName).toList());
  }
}
