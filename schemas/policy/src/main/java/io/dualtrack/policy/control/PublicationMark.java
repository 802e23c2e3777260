package io.dualtrack.policy.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/**
 * The latest time at which a trusted policy was published, as far as this process knows.
 *
 * <p>A signature does not wear off: whoever may write to the topic could bring an older policy back
 * that was signed once. The mark is kept in a file, because after a compaction the topic itself
 * does not tell any more that there was a newer one.
 */
public final class PublicationMark {

  private final Path file;
  private Instant latest;

  private PublicationMark(Path file, Instant latest) {
    this.file = file;
    this.latest = latest;
  }

  /**
   * @param file made with the first policy; its folder must exist by then
   * @throws UncheckedIOException if it cannot be read or holds no time
   */
  public static PublicationMark inFile(Path file) {
    try {
      return new PublicationMark(file, Instant.parse(Files.readString(file).strip()));
    } catch (NoSuchFileException e) {
      return new PublicationMark(file, Instant.MIN);
    } catch (DateTimeParseException e) {
      throw new UncheckedIOException(
          new IOException(
              file + " does not hold the time of the last policy; delete it and apply the policy",
              e));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Raises the mark to a time that is not before it.
   *
   * @return false where the time is before the mark
   * @throws UncheckedIOException if the mark cannot be kept
   */
  synchronized boolean reach(Instant publishedAt) {
    if (publishedAt.isBefore(latest)) {
      return false;
    }
    if (publishedAt.isAfter(latest)) {
      keep(publishedAt);
      latest = publishedAt;
    }
    return true;
  }

  private void keep(Instant time) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(fresh, time.toString());
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep the time of the last policy in " + file, e);
    }
  }
}
