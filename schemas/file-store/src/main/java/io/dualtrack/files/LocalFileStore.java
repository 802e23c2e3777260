package io.dualtrack.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files in a folder. Processes of one machine, or of one shared file system, may share it. */
final class LocalFileStore implements FileStore {

  private static final Logger LOG = LoggerFactory.getLogger(LocalFileStore.class);

  /** No draft is written for longer; what is older was left by a process that was killed. */
  private static final Duration ABANDONED = Duration.ofDays(1);

  private static final int BUCKETS = 256;

  private final Path folder;
  private final Path drafts;

  LocalFileStore(Path folder) throws IOException {
    this.folder = folder;
    this.drafts = Files.createDirectories(folder.resolve("drafts"));
    removeAbandoned(drafts);
  }

  static void removeAbandoned(Path drafts) throws IOException {
    Instant before = Instant.now().minus(ABANDONED);
    try (Stream<Path> files = Files.list(drafts)) {
      for (Path file : files.toList()) {
        try {
          if (Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
            Files.delete(file);
            LOG.info("removed what a killed process had begun to write; file={}", file);
          }
        } catch (NoSuchFileException e) {
          LOG.debug("another process finished it meanwhile; file={}", file);
        }
      }
    }
  }

  /** Folders with many thousands of files are slow to list and to back up. */
  private Path path(String id) {
    int bucket = Math.floorMod(FileStore.checked(id).hashCode(), BUCKETS);
    return folder.resolve(bucketName(bucket)).resolve(id);
  }

  private static String bucketName(int bucket) {
    return "%02x".formatted(bucket);
  }

  @Override
  public FileDraft begin(String id) throws IOException {
    Path target = path(id);
    return new TemporaryFile(drafts, id, whole -> move(whole, target));
  }

  private static void move(Path whole, Path target) throws IOException {
    Path parent = Files.createDirectories(target.getParent());
    Files.move(whole, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(parent);
    sync(parent.getParent());
  }

  /** The name of a file is durable only with its folder. */
  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public InputStream open(String id, long offset) throws IOException {
    SeekableByteChannel channel = Files.newByteChannel(path(id), StandardOpenOption.READ);
    channel.position(offset);
    return Channels.newInputStream(channel);
  }

  @Override
  public List<String> list(String prefix) throws IOException {
    List<String> ids = new ArrayList<>();
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(
              folder.resolve(bucketName(bucket)),
              file -> file.getFileName().toString().startsWith(prefix))) {
        files.forEach(file -> ids.add(file.getFileName().toString()));
      } catch (NoSuchFileException e) {
        LOG.trace("nothing was ever kept in a folder; bucket={}", bucket);
      }
    }
    return ids;
  }

  @Override
  public void delete(String id) throws IOException {
    Files.deleteIfExists(path(id));
  }

  @Override
  public void close() {}
}
