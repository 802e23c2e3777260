package io.dualtrack.warehouse.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Files that are there whole or not at all. */
public final class AtomicFile {

  private AtomicFile() {}

  /** Writes what belongs into a file. */
  @FunctionalInterface
  public interface Content {
    /**
     * @param file does not exist yet
     */
    void writeTo(Path file) throws IOException;
  }

  /** Makes or replaces a file in one step; its folder is made where it is missing. */
  public static void write(Path file, Content content) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    Path unfinished = folder.resolve("." + file.getFileName() + ".unfinished");
    Files.deleteIfExists(unfinished);
    try {
      content.writeTo(unfinished);
      Files.move(
          unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }
}
