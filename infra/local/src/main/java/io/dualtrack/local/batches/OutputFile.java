package io.dualtrack.local.batches;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/**
 * The output of a run. Lines go to a file beside it, named {@code .partial}, and that takes the
 * output's name only when the run is whole; so an output file is never half a one, and what a
 * broken run has paid for is kept.
 */
final class OutputFile implements Closeable {

  private static final int BUFFER_BYTES = 256 * 1024;

  private final Path file;
  private final Path partial;
  private final FileOutputStream stream;
  private final BufferedOutputStream out;
  private boolean closed;

  private OutputFile(Path file, Path partial, FileOutputStream stream) {
    this.file = file;
    this.partial = partial;
    this.stream = stream;
    this.out = new BufferedOutputStream(stream, BUFFER_BYTES);
  }

  /**
   * @param partial where the lines are until the run is whole
   */
  static OutputFile create(Path file, Path partial) throws IOException {
    return new OutputFile(file, partial, new FileOutputStream(partial.toFile()));
  }

  /** A name beside the output that no other run has. */
  static Path partialOf(Path file) {
    return file.resolveSibling("%s.%s.partial".formatted(file.getFileName(), UUID.randomUUID()));
  }

  /**
   * @param line without its line end
   */
  void write(byte[] line) throws IOException {
    out.write(line);
    out.write('\n');
  }

  /** Gives the file its name. */
  void complete() throws IOException {
    out.flush();
    stream.getFD().sync();
    closed = true;
    out.close();
    try {
      Files.move(
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Writes out what is buffered and leaves the partial file, if anything is in it. */
  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      out.close();
      if (Files.size(partial) == 0) {
        Files.delete(partial);
      }
    }
  }
}
