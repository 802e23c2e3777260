package io.dualtrack.local.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {

  @TempDir Path folder;

  @Test
  void aFolderIsMadeWithItsParents() throws IOException {
    Path root = folder.resolve("a/b");

    try (DataFolder data = DataFolder.open(root)) {
      assertThat(data.logs()).isDirectory();
    }
  }

  @Test
  void oneStackHoldsAFolderAndTheNextIsToldWhere() throws IOException {
    try (DataFolder data = DataFolder.open(folder)) {
      data.announce(URI.create("http://127.0.0.1:8080"));

      assertThatThrownBy(() -> DataFolder.open(folder))
          .isInstanceOf(StackFailure.class)
          .hasMessageContaining("in use by the stack at http://127.0.0.1:8080")
          .hasMessageContaining("--data");
    }
  }

  @Test
  void aFolderIsFreeAgainOnceItsStackIsGone() throws IOException {
    DataFolder.open(folder).close();

    DataFolder.open(folder).close();
    assertThat(DataFolder.holderOf(folder)).isEmpty();
  }

  @Test
  void aDiskThatIsNearlyFullIsSaidAndTheFolderIsFreeAgain() throws IOException {
    assertThatThrownBy(() -> DataFolder.open(folder, Long.MAX_VALUE))
        .isInstanceOf(StackFailure.class)
        .hasMessageContaining("MB left")
        .hasMessageContaining("--data");

    DataFolder.open(folder).close();
  }

  @Test
  void aFolderUnderAFileIsRefused() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    assertThatThrownBy(() -> DataFolder.open(file.resolve("data")))
        .isInstanceOf(StackFailure.class)
        .hasMessageContaining("--data");
  }
}
