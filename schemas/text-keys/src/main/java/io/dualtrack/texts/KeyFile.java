package io.dualtrack.texts;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A key in a file of its own, which its owner alone may read, and beside it the mark that it was
 * destroyed. Processes may use the same file at the same time.
 *
 * @param name of the file, without what says what it is
 */
record KeyFile(Path folder, String name) {

  static final String KEY = ".key";
  private static final String DESTROYED = ".destroyed";
  private static final String DRAFT = ".tmp";

  Path path() {
    return folder.resolve(name + KEY);
  }

  private Path mark() {
    return folder.resolve(name + DESTROYED);
  }

  boolean exists() {
    return Files.exists(path());
  }

  /** Whether the key was destroyed, and none was asked for since. */
  boolean isDestroyed() {
    return Files.exists(mark());
  }

  Optional<byte[]> read() throws IOException {
    try {
      return Optional.of(Files.readAllBytes(path()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** The key of a file in a folder. */
  static KeyFile of(Path path) {
    String name = path.getFileName().toString();
    return new KeyFile(path.getParent(), name.substring(0, name.length() - KEY.length()));
  }

  /**
   * Writes the key where there is none yet, and none was destroyed.
   *
   * @return false if there is or was one
   */
  boolean create(byte[] key) throws IOException {
    if (exists() || isDestroyed()) {
      return false;
    }
    Files.createDirectories(folder);
    Path draft = draft(key);
    try {
      // A link is made only where there is no file yet, and then of a whole one.
      Files.createLink(path(), draft);
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      Files.deleteIfExists(draft);
    }
    force(folder);
    force(folder.getParent());
    return !destroyedMeanwhile();
  }

  /** A file whose entry is lost with the machine's power is lost too. */
  private static void force(Path folder) throws IOException {
    if (folder != null && isPosix(folder)) {
      try (FileChannel entries = FileChannel.open(folder, StandardOpenOption.READ)) {
        entries.force(true);
      }
    }
  }

  private static boolean isPosix(Path folder) {
    return folder.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private boolean destroyedMeanwhile() throws IOException {
    if (isDestroyed()) {
      destroy();
      return true;
    }
    return false;
  }

  /** Forgets that an earlier key was destroyed. */
  void forgive() throws IOException {
    Files.deleteIfExists(mark());
  }

  /**
   * Writes another key in place of the one that is there.
   *
   * @return false if that was destroyed meanwhile, and so is this
   */
  boolean replace(byte[] key) throws IOException {
    Files.move(
        draft(key), path(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return !destroyedMeanwhile();
  }

  /**
   * Destroys the key, with what killed processes left of it.
   *
   * @return false if there is none
   */
  boolean destroy() throws IOException {
    if (!exists()) {
      return false;
    }
    // First: whoever makes or replaces the key meanwhile looks for it afterwards.
    if (!isDestroyed()) {
      Files.createFile(mark());
    }
    overwrite(path());
    List<Path> drafts;
    try (Stream<Path> files = Files.list(folder)) {
      drafts =
          files
              .filter(each -> each.getFileName().toString().startsWith(name + "."))
              .filter(each -> each.getFileName().toString().endsWith(DRAFT))
              .toList();
    }
    for (Path draft : drafts) {
      overwrite(draft);
    }
    return true;
  }

  /** The content first: a deleted file's blocks may stay on the disk for a while. */
  private static void overwrite(Path file) throws IOException {
    try (FileChannel content = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer nothing = ByteBuffer.allocate(Math.toIntExact(content.size()));
      while (nothing.hasRemaining()) {
        content.write(nothing);
      }
      content.force(true);
    } catch (NoSuchFileException e) {
      // Somebody else destroys it too.
      return;
    }
    Files.deleteIfExists(file);
  }

  /** A file with a key that is nobody's yet; durable, since texts depend on it. */
  private Path draft(byte[] key) throws IOException {
    String prefix = name + ".";
    Path draft =
        isPosix(folder)
            ? Files.createTempFile(
                folder,
                prefix,
                DRAFT,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
            : Files.createTempFile(folder, prefix, DRAFT);
    try (FileChannel file = FileChannel.open(draft, StandardOpenOption.WRITE)) {
      ByteBuffer content = ByteBuffer.wrap(key);
      while (content.hasRemaining()) {
        file.write(content);
      }
      file.force(true);
    }
    return draft;
  }
}
