package io.dualtrack.local.stack;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The folder of everything that lasts, held by one stack at a time. The lock is the operating
 * system's, so that it ends with the process however that ends; the file beside it only says who
 * holds it.
 */
final class DataFolder implements AutoCloseable {

  static final long LEAST_FREE_BYTES = 500L * 1024 * 1024;

  private final Path root;
  private final FileChannel channel;
  private final FileLock lock;

  private DataFolder(Path root, FileChannel channel, FileLock lock) {
    this.root = root;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Makes the folder where it is missing, and locks it.
   *
   * @throws StackFailure if it cannot be written, is nearly full, or another stack holds it
   */
  static DataFolder open(Path root) {
    return open(root, LEAST_FREE_BYTES);
  }

  static DataFolder open(Path root, long leastFreeBytes) {
    try {
      Files.createDirectories(root);
      Files.createDirectories(root.resolve("logs"));
    } catch (FileAlreadyExistsException e) {
      throw new StackFailure(
          "%s is a file, not a folder; choose another folder with --data".formatted(e.getFile()),
          e);
    } catch (IOException e) {
      throw notWritable(root, e);
    }
    FileChannel channel = channel(root);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        checkSpace(root, leastFreeBytes);
        return new DataFolder(root, channel, lock);
      }
    } catch (OverlappingFileLockException e) {
      // The other stack is in this JVM; said below like any other.
    } catch (IOException e) {
      closeQuietly(channel, e);
      throw notWritable(root, e);
    } catch (StackFailure e) {
      closeQuietly(channel, e);
      throw e;
    }
    StackFailure held = new StackFailure(heldMessage(root));
    closeQuietly(channel, held);
    throw held;
  }

  /** Says where the stack that holds the folder is reached. */
  void announce(URI http) throws IOException {
    Files.writeString(holder(root), http + "\n");
  }

  Path logs() {
    return root.resolve("logs");
  }

  Path of(String part) {
    return root.resolve(part);
  }

  /**
   * Where the stack that holds a folder says it is reached; empty where no stack has ever said.
   * Whether it still runs is not told.
   */
  static Optional<String> holderOf(Path root) {
    try {
      return Optional.of(Files.readString(holder(root)).strip()).filter(text -> !text.isEmpty());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(holder(root));
    lock.release();
    channel.close();
  }

  private static String heldMessage(Path root) {
    return holderOf(root)
        .map(
            http ->
                "%s is in use by the stack at %s; stop that one, or choose another folder with --data"
                    .formatted(root, http))
        .orElse(
            "%s is in use by another stack; stop that one, or choose another folder with --data"
                .formatted(root));
  }

  private static FileChannel channel(Path root) {
    Path file = root.resolve("stack.lock");
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      return channel;
    } catch (IOException e) {
      throw notWritable(root, e);
    }
  }

  private static void checkSpace(Path root, long leastFreeBytes) throws IOException {
    long free = Files.getFileStore(root).getUsableSpace();
    if (free < leastFreeBytes) {
      throw new StackFailure(
          "the disk of %s has %d MB left and %d MB are needed; free some, or choose another folder with --data"
              .formatted(root, free >> 20, leastFreeBytes >> 20));
    }
  }

  private static StackFailure notWritable(Path root, IOException e) {
    String why = e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
    return new StackFailure(
        "%s cannot be written (%s); choose another folder with --data".formatted(root, why), e);
  }

  private static Path holder(Path root) {
    return root.resolve("stack.url");
  }

  private static void closeQuietly(FileChannel channel, Exception reason) {
    try {
      channel.close();
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }
}
