package io.dualtrack.jobs.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the checkpoint to start from. */
public final class Checkpoints {

  private record Found(Path folder, FileTime at) {}

  private Checkpoints() {}

  /**
   * The newest complete checkpoint of a job, for {@code execution.state-recovery.path}. Totals live
   * in state: a job that is started without its checkpoint counts from zero.
   *
   * @param folder that the job had as {@code execution.checkpointing.dir}, its own and no other
   *     job's; need not exist
   * @return empty where there is none
   */
  public static Optional<Path> latest(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    // <folder>/<job id>/chk-<n>/_metadata; the metadata is written last.
    try (Stream<Path> files = Files.find(folder, 3, (file, a) -> file.endsWith("_metadata"))) {
      Optional<Found> newest = Optional.empty();
      for (Path file : files.toList()) {
        Found found = new Found(file.getParent(), Files.getLastModifiedTime(file));
        if (newest.isEmpty() || newest.get().at().compareTo(found.at()) < 0) {
          newest = Optional.of(found);
        }
      }
      return newest.map(Found::folder);
    }
  }
}
