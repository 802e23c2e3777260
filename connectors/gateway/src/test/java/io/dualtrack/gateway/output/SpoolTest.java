package io.dualtrack.gateway.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.gateway.output.Ended.Kind;
import io.dualtrack.schemas.BatchUsage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {

  @TempDir Path folder;

  private static Ended line(long number, Kind kind, String text) {
    return new Ended(
        number, kind, text.getBytes(StandardCharsets.UTF_8), new BatchUsage(5L, 2L, 3L, 1L));
  }

  @Test
  void linesAreReadInAnyOrderAndTheFirstOfANumberStays() throws IOException {
    try (Spool spool = new Spool(folder.resolve("batch"))) {
      assertThat(spool.add(line(70_000, Kind.ANSWERED, "far\n"))).isTrue();
      assertThat(spool.add(line(2, Kind.FAILED, ""))).isTrue();
      assertThat(spool.add(line(70_000, Kind.FAILED, "again\n"))).isFalse();
      assertThat(spool.add(line(1, Kind.ANSWERED, "first\n"))).isTrue();

      assertThat(spool.read(70_000).orElseThrow().text()).asString().isEqualTo("far\n");
      assertThat(spool.read(2).orElseThrow().kind()).isEqualTo(Kind.FAILED);
      assertThat(spool.read(1).orElseThrow().text()).asString().isEqualTo("first\n");
      assertThat(spool.read(3)).isEmpty();
      assertThat(spool.size()).isEqualTo(3);
      assertThat(spool.count(Kind.ANSWERED)).isEqualTo(2);
      assertThat(spool.usage()).isEqualTo(new BatchUsage(15L, 6L, 9L, 3L));
    }
  }

  @Test
  void whatIsDeletedLeavesNoFile() throws IOException {
    Spool spool = new Spool(folder.resolve("batch"));
    spool.add(line(1, Kind.ANSWERED, "x"));

    spool.delete();

    assertThat(Files.exists(folder.resolve("batch"))).isFalse();
  }
}
