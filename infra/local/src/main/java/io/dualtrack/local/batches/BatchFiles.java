package io.dualtrack.local.batches;

import io.dualtrack.gateway.feeder.InputLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Looks at the files of a run before anything starts. */
public final class BatchFiles {

  private BatchFiles() {}

  /**
   * Checks that a run can begin with these files.
   *
   * @return lines of the input that are not blank
   * @throws UnusableFileException if it cannot, with the reason and the remedy
   */
  public static long check(Path input, Path output) throws UnusableFileException {
    if (!Files.exists(input)) {
      throw new UnusableFileException(
          "%s does not exist; name a batch file (JSON lines)".formatted(input));
    }
    if (!Files.isRegularFile(input) || !Files.isReadable(input)) {
      throw new UnusableFileException(
          "%s is not a file that can be read; name a batch file (JSON lines)".formatted(input));
    }
    checkOutput(input, output);
    long lines = count(input);
    if (lines == 0) {
      throw new UnusableFileException(
          "%s has no line; write one request on each line".formatted(input));
    }
    return lines;
  }

  private static void checkOutput(Path input, Path output) throws UnusableFileException {
    try {
      if (Files.exists(output) && Files.isSameFile(input, output)) {
        throw new UnusableFileException(
            "input and output are the same file %s; name another --out".formatted(output));
      }
    } catch (IOException e) {
      throw new UnusableFileException(
          "%s cannot be looked at (%s); name another --out".formatted(output, e.getMessage()));
    }
    Path folder = output.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new UnusableFileException(
          "the folder of %s does not exist; make it, or name another --out".formatted(output));
    }
    boolean unusable =
        Files.exists(output) && (!Files.isRegularFile(output) || !Files.isWritable(output));
    if (unusable || !Files.isWritable(folder)) {
      throw new UnusableFileException(
          "%s cannot be written; mend its permissions, or name another --out".formatted(output));
    }
  }

  private static long count(Path input) throws UnusableFileException {
    long lines = 0;
    // Blank or not shows in the first bytes; the rest of a line is only skipped.
    try (InputLines reader = new InputLines(Files.newInputStream(input), 1, 0, 64)) {
      for (var line = reader.next(); line.isPresent(); line = reader.next()) {
        lines += line.get().blank() ? 0 : 1;
      }
    } catch (IOException e) {
      throw new UnusableFileException(
          "%s cannot be read (%s); mend it, or name another file".formatted(input, e.getMessage()));
    }
    return lines;
  }
}
