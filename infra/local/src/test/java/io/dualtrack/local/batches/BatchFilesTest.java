package io.dualtrack.local.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchFilesTest {

  @TempDir private Path folder;
  private Path input;
  private Path output;

  @BeforeEach
  void files() throws Exception {
    input = Files.writeString(folder.resolve("in.jsonl"), "{}\n\n  \n{}");
    output = folder.resolve("out.jsonl");
  }

  @Test
  void linesThatAreNotBlankAreCounted() throws Exception {
    assertThat(BatchFiles.check(input, output)).isEqualTo(2);
  }

  @Test
  void aMissingFileIsSaid() {
    assertUnusable(folder.resolve("none"), output, "none does not exist");
  }

  @Test
  void aFolderIsNoInput() {
    assertUnusable(folder, output, "is not a file that can be read");
  }

  @Test
  void anEmptyFileIsSaid() throws Exception {
    Files.writeString(input, "\n \r\n");

    assertUnusable(input, output, "has no line");
  }

  @Test
  void theInputIsNotOverwritten() throws Exception {
    assertUnusable(input, input, "are the same file");
    Path link = Files.createSymbolicLink(folder.resolve("link"), input);
    assertUnusable(input, link, "are the same file");
  }

  @Test
  void anOutputNeedsItsFolder() {
    assertUnusable(input, folder.resolve("no/out.jsonl"), "the folder of");
  }

  @Test
  void aFolderIsNoOutput() {
    assertUnusable(input, folder, "cannot be written");
  }

  @Test
  void anOutputTakesItsNameOnlyWhenItIsWhole() throws Exception {
    Path first = OutputFile.partialOf(output);
    try (OutputFile file = OutputFile.create(output, first)) {
      file.write(new byte[] {'x'});
    }
    assertThat(output).doesNotExist();
    assertThat(first).hasContent("x\n");

    Path second = OutputFile.partialOf(output);
    try (OutputFile file = OutputFile.create(output, second)) {
      file.write(new byte[] {'y'});
      file.complete();
    }
    assertThat(output).hasContent("y\n");
    assertThat(second).doesNotExist();
  }

  private static void assertUnusable(Path input, Path output, String message) {
    assertThatThrownBy(() -> BatchFiles.check(input, output))
        .isInstanceOf(UnusableFileException.class)
        .hasMessageContaining(message);
  }
}
