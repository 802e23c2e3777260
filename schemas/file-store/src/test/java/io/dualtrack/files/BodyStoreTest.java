package io.dualtrack.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.schemas.BodyFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BodyStoreTest {

  private static final byte[] CONTENT = "{\"messages\":[]}".getBytes(StandardCharsets.UTF_8);
  private static final Instant DEADLINE = Instant.parse("2026-11-21T10:20:00Z");

  @TempDir Path folder;
  private FileStore files;
  private BodyStore bodies;

  @BeforeEach
  void open() throws IOException {
    files = FileStoreConfig.local(folder).open();
    bodies = new BodyStore(files);
  }

  @AfterEach
  void close() {
    files.close();
  }

  @Test
  void whatWasStoredIsReadBack() throws IOException {
    BodyFile file = bodies.write(BodyStore.id("req_1", DEADLINE), CONTENT, "key");

    assertThat(bodies.read(file)).isEqualTo(CONTENT);
    assertThat(file.getBytes()).isEqualTo(CONTENT.length);
    assertThat(file.getSha256()).hasSize(64);
    assertThat(file.getContentHash()).isEqualTo("key");
  }

  @Test
  void aBodyThatIsGoneIsMissing() throws IOException {
    BodyFile file = bodies.write(BodyStore.id("req_1", DEADLINE), CONTENT, "key");
    files.delete(file.getFileId());

    assertThatThrownBy(() -> bodies.read(file))
        .isInstanceOfSatisfying(
            UnusableBodyException.class,
            failure -> assertThat(failure.code()).isEqualTo("body_missing"));
  }

  @Test
  void aBodyThatWasExchangedLengthenedOrCutIsNotRead() throws IOException {
    BodyFile file = bodies.write(BodyStore.id("req_1", DEADLINE), CONTENT, "key");
    for (String other : new String[] {"{\"messages\":{}}", "{\"messages\":[]} ", "{"}) {
      bodies.write(file.getFileId(), other.getBytes(StandardCharsets.UTF_8), "key");

      assertThatThrownBy(() -> bodies.read(file))
          .isInstanceOfSatisfying(
              UnusableBodyException.class,
              failure -> assertThat(failure.code()).isEqualTo("body_altered"));
    }
  }

  @Test
  void anIdThatCouldBeAPathIsNobodysBody() {
    BodyFile file = new BodyFile("../secret", 3L, "", "");

    assertThatThrownBy(() -> bodies.read(file)).isInstanceOf(UnusableBodyException.class);
  }

  @Test
  void aBodyIsRemovedWhenItsDeadlineIsPastAndNothingElseEver() throws IOException {
    BodyFile file = bodies.write(BodyStore.id("req_1", DEADLINE), CONTENT, "key");
    bodies.write("body-of-somebody-else", CONTENT, "key");
    bodies.write("file-2026112110", CONTENT, "key");

    assertThat(bodies.removeEnded(Instant.parse("2026-11-21T12:00:00Z"))).isZero();
    assertThat(bodies.read(file)).isEqualTo(CONTENT);
    assertThat(bodies.removeEnded(Instant.parse("2026-11-21T12:00:01Z"))).isEqualTo(1);
    assertThat(files.list(""))
        .containsExactlyInAnyOrder("body-of-somebody-else", "file-2026112110");
  }
}
