package io.dualtrack.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Checkpoints in a folder: a file of each hour, a line of each checkpoint, only ever appended to.
 * It belongs on another machine than the brokers, on a disk or a mounted bucket that takes no
 * changes back: whoever can change both the topic and this can change the past.
 *
 * <p>One process at a time may append.
 */
final class CheckpointFolder implements AutoCloseable {

  /** Gets each line in order. */
  interface Reader {
    void checkpoint(Checkpoint checkpoint) throws IOException;

    /**
     * @param place file and line
     */
    void unreadable(String place) throws IOException;
  }

  private static final String PREFIX = "checkpoints-";
  private static final String SUFFIX = ".jsonl";
  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH", Locale.ROOT);

  private final Path folder;
  private final FileChannel lockFile;
  private final FileLock lock;

  private CheckpointFolder(Path folder, FileChannel lockFile, FileLock lock) {
    this.folder = folder;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /**
   * Opens a folder to append to; makes it where it is missing, and takes away the last line where a
   * process ended in the middle of it.
   *
   * @throws IOException if another process has it, or it cannot be written
   */
  static CheckpointFolder open(Path folder) throws IOException {
    Files.createDirectories(folder);
    FileChannel channel =
        FileChannel.open(
            folder.resolve("sealer.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        removeTornLine(folder);
        return new CheckpointFolder(folder, channel, lock);
      }
    } catch (OverlappingFileLockException heldHere) {
      channel.close();
      throw new IOException("another sealer of this process appends to " + folder, heldHere);
    }
    channel.close();
    throw new IOException("another process appends to %s; one sealer is enough".formatted(folder));
  }

  /** Returns once the checkpoint is on the disk. */
  void append(Checkpoint checkpoint) throws IOException {
    Path file =
        folder.resolve(PREFIX + HOUR.format(checkpoint.at().atOffset(ZoneOffset.UTC)) + SUFFIX);
    byte[] line = (CheckpointJson.write(checkpoint) + "\n").getBytes(StandardCharsets.UTF_8);
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
      ByteBuffer bytes = ByteBuffer.wrap(line);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  /**
   * Reads all checkpoints of a folder; also of one that another process appends to. A line without
   * its end at the end of a file is still being written.
   */
  static void read(Path folder, Reader reader) throws IOException {
    for (Path file : files(folder)) {
      readFile(file, reader);
    }
  }

  static void readFile(Path file, Reader reader) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      int number = 0;
      for (Optional<String> line = line(in); line.isPresent(); line = line(in)) {
        number++;
        Optional<Checkpoint> checkpoint = parse(line.get());
        if (checkpoint.isPresent()) {
          reader.checkpoint(checkpoint.get());
        } else {
          reader.unreadable(file.getFileName() + ":" + number);
        }
      }
    }
  }

  private static Optional<String> line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0; next = in.read()) {
      if (next == '\n') {
        return Optional.of(line.toString(StandardCharsets.ISO_8859_1));
      }
      line.write(next);
    }
    return Optional.empty();
  }

  private static Optional<Checkpoint> parse(String line) {
    try {
      Checkpoint checkpoint = CheckpointJson.read(line);
      // Base64 and JSON have more than one way to say the same; only the one that is written
      // counts.
      return Optional.of(checkpoint).filter(read -> CheckpointJson.write(read).equals(line));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The files, oldest first. */
  static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(file -> file.getFileName().toString().startsWith(PREFIX))
          .filter(file -> file.toString().endsWith(SUFFIX))
          .sorted()
          .toList();
    }
  }

  private static void removeTornLine(Path folder) throws IOException {
    List<Path> files = files(folder);
    if (files.isEmpty()) {
      return;
    }
    try (RandomAccessFile last = new RandomAccessFile(files.get(files.size() - 1).toFile(), "rw")) {
      long end = last.length();
      while (end > 0) {
        last.seek(end - 1);
        if (last.read() == '\n') {
          break;
        }
        end--;
      }
      last.setLength(end);
    }
  }

  @Override
  public void close() throws IOException {
    lock.release();
    lockFile.close();
  }
}
