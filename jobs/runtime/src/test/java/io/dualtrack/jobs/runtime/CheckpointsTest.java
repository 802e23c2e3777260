package io.dualtrack.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {

  @TempDir Path folder;

  @Test
  void theNewestCompleteCheckpointIsFoundWhateverItsJobsIdAndNumber() throws IOException {
    checkpoint("job-a/chk-90", "2026-11-20T00:00:00Z");
    Path newest = checkpoint("job-b/chk-7", "2026-11-21T00:00:00Z");
    Files.createDirectories(folder.resolve("job-b/chk-8"));

    assertThat(Checkpoints.latest(folder)).contains(newest);
  }

  @Test
  void aFolderThatIsEmptyOrMissingHasNone() throws IOException {
    assertThat(Checkpoints.latest(folder)).isEmpty();
    assertThat(Checkpoints.latest(folder.resolve("missing"))).isEmpty();
  }

  private Path checkpoint(String name, String at) throws IOException {
    Path checkpoint = Files.createDirectories(folder.resolve(name));
    Path metadata = Files.createFile(checkpoint.resolve("_metadata"));
    Files.setLastModifiedTime(metadata, FileTime.from(Instant.parse(at)));
    return checkpoint;
  }
}
