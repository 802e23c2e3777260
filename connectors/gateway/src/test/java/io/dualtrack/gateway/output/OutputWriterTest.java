package io.dualtrack.gateway.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.files.FileDraft;
import io.dualtrack.files.FileStore;
import io.dualtrack.files.FileStoreConfig;
import io.dualtrack.gateway.output.Ended.Kind;
import io.dualtrack.gateway.responses.ResponsesLines;
import io.dualtrack.schemas.BatchUsage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputWriterTest {

  private static final String CHAT = "/v1/chat/completions";

  @TempDir Path folder;
  private FileStore files;
  private Spool spool;

  @BeforeEach
  void open() throws IOException {
    files = FileStoreConfig.local(folder.resolve("files")).open();
    spool = new Spool(folder.resolve("spool"));
  }

  @AfterEach
  void close() throws IOException {
    spool.close();
    files.close();
  }

  private void input(String endpoint, String body) throws IOException {
    try (FileDraft draft = files.begin("input")) {
      for (int line = 1; line <= 3; line++) {
        byte[] text =
            "{\"custom_id\":\"c%d\",\"method\":\"POST\",\"url\":\"%s\",\"body\":%s}\n"
                .formatted(line, endpoint, body)
                .getBytes(StandardCharsets.UTF_8);
        draft.write(text, 0, text.length);
      }
      draft.commit();
    }
  }

  private void ended(long line, Kind kind, String text) throws IOException {
    spool.add(
        new Ended(
            line,
            kind,
            (text + "\n").getBytes(StandardCharsets.UTF_8),
            new BatchUsage(0L, 0L, 0L, 0L)));
  }

  private static OutputWriter.Job job(String endpoint, LineForm form) {
    return new OutputWriter.Job(
        "input", endpoint, 3, line -> "r" + line, form, Kind.CANCELLED, "output", "errors");
  }

  private String read(String id) throws IOException {
    try (InputStream in = files.open(id, 0)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void answersAreInTheOrderOfTheInputAndTheInputIsNotReadForThem() throws IOException {
    ended(3, Kind.ANSWERED, "three");
    ended(1, Kind.ANSWERED, "one");
    ended(2, Kind.ANSWERED, "two");

    OutputWriter.Written written =
        new OutputWriter(files)
            .write(job(CHAT, new OutputLines()), spool, () -> false)
            .orElseThrow();

    assertThat(read("output")).isEqualTo("one\ntwo\nthree\n");
    assertThat(written.outputBytes()).isEqualTo(OptionalLong.of(14));
    assertThat(written.errorBytes()).isEmpty();
    assertThat(written.rest()).isZero();
  }

  @Test
  void whatHasNoResultIsInTheErrorFileWithItsCustomId() throws IOException {
    input(CHAT, "{\"model\":\"m\"}");
    ended(1, Kind.FAILED, "failed");

    OutputWriter.Written written =
        new OutputWriter(files)
            .write(job(CHAT, new OutputLines()), spool, () -> false)
            .orElseThrow();

    assertThat(written.rest()).isEqualTo(2);
    assertThat(written.outputBytes()).isEmpty();
    assertThat(read("errors").lines())
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("failed"),
            line -> assertThat(line).contains("\"custom_id\":\"c2\"", "batch_cancelled"),
            line -> assertThat(line).contains("\"custom_id\":\"c3\"", "batch_cancelled"));
  }

  @Test
  void anInputThatHasBecomeShorterIsAFaultAndLeavesNoFile() throws IOException {
    input(CHAT, "{\"model\":\"m\"}");
    try (FileDraft draft = files.begin("input")) {
      draft.commit();
    }

    assertThatThrownBy(
            () -> new OutputWriter(files).write(job(CHAT, new OutputLines()), spool, () -> false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("line 1 of input input");
    assertThatThrownBy(() -> read("errors")).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void abandonedWorkLeavesNoFile() throws IOException {
    ended(1, Kind.ANSWERED, "one");
    ended(2, Kind.ANSWERED, "two");
    ended(3, Kind.ANSWERED, "three");

    Optional<OutputWriter.Written> written =
        new OutputWriter(files).write(job(CHAT, new OutputLines()), spool, () -> true);

    assertThat(written).isEmpty();
    assertThatThrownBy(() -> read("output")).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void aResponseRepeatsTheSettingsOfItsRequest() throws IOException {
    input("/v1/responses", "{\"model\":\"m\",\"input\":\"Hi\",\"temperature\":0.5}");
    for (long line = 1; line <= 3; line++) {
      ended(
          line,
          Kind.ANSWERED,
          "{\"custom_id\":\"c1\",\"response\":{\"status_code\":200,\"body\":{\"id\":\"1\","
              + "\"choices\":[{\"message\":{\"content\":\"Hello\"}}]}},\"error\":null}");
    }

    OutputWriter.Written written =
        new OutputWriter(files)
            .write(job("/v1/responses", new ResponsesLines()), spool, () -> false)
            .orElseThrow();

    assertThat(written.errorBytes()).isEmpty();
    assertThat(read("output").lines())
        .hasSize(3)
        .allSatisfy(
            line ->
                assertThat(line)
                    .contains("\"object\":\"response\"", "\"temperature\":0.5", "\"Hello\""));
  }
}
