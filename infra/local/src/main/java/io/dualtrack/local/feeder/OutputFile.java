package io.dualtrack.local.feeder;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The output of a run. Lines go to a file beside it, named with the run and {@code .partial}, and
 * that takes the output's name only when the run is whole; so an output file is never half a one,
 * and what a broken run has paid for is kept.
 *
 * <p>Threads may share it.
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

  static OutputFile create(Path file, String run) throws IOException {
    Path partial = partialOf(file, run);
    return new OutputFile(file, partial, new FileOutputStream(partial.toFile()));
  }

  /** Where the lines are until the run is whole. */
  static Path partialOf(Path file, String run) {
    return file.resolveSibling(file.getFileName() + "." + run + ".partial");
  }

  synchronized void write(byte[] line) throws IOException {
    out.write(line);
  }

  /** Gives the file its name. */
  synchronized void complete() throws IOException {
    out.flush();
    stream.getFD().sync();
    close();
    try {
      Files.move(
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Writes out what is buffered and leaves the partial file. */
  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      out.close();
    }
  }
}
