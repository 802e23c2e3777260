package io.dualtrack.files;

import io.dualtrack.schemas.BodyFile;
import io.dualtrack.schemas.TextSubject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;

/**
 * The parts of requests' bodies that are too large for records.
 *
 * <p>The id of each says by when its request has ended: no call is made behind a deadline. So what
 * is to be removed is known from the ids alone, whoever stored it and whatever was killed since.
 * Threads may share a store.
 */
public final class BodyStore {

  /** For the end of a call that began right before the deadline, and for clocks that differ. */
  static final Duration KEPT_AFTER_DEADLINE = Duration.ofHours(1);

  private static final String PREFIX = "body-";
  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("yyyyMMddHH").withZone(ZoneOffset.UTC);
  private static final int HOUR_CHARS = 10;

  private final FileStore store;

  public BodyStore(FileStore store) {
    this.store = store;
  }

  /** The same store for bodies of one account; needed only to write. */
  public BodyStore of(TextSubject subject) {
    return new BodyStore(store.of(subject));
  }

  /**
   * An id for a part of a request's body.
   *
   * @param requestId or anything else that is unique and may stand in an id of a file
   */
  public static String id(String requestId, Instant deadline) {
    return PREFIX + HOUR.format(deadline) + "-" + requestId;
  }

  /**
   * Stores a part of a body; it is durable when this returns. The same id may be written again.
   *
   * @param contentHash of the canonical form
   */
  public BodyFile write(String id, byte[] content, String contentHash) throws IOException {
    try (FileDraft draft = store.begin(id)) {
      draft.write(content, 0, content.length);
      draft.commit();
    }
    return new BodyFile(id, (long) content.length, sha256(content), contentHash);
  }

  /**
   * Reads what was stored.
   *
   * @throws UnusableBodyException if it is not there any more, or not the same
   */
  public byte[] read(BodyFile file) throws IOException {
    byte[] content;
    try (InputStream in = store.open(file.getFileId(), 0)) {
      content = in.readNBytes(Math.toIntExact(Math.min(file.getBytes() + 1, Integer.MAX_VALUE)));
    } catch (NoSuchFileException | IllegalArgumentException e) {
      throw new UnusableBodyException(
          "body_missing",
          "the stored body %s does not exist; submit the request again"
              .formatted(file.getFileId()));
    } catch (NoTextKeyException e) {
      throw new UnusableBodyException("text_unreadable", e.getMessage());
    }
    if (content.length != file.getBytes() || !sha256(content).equals(file.getSha256())) {
      throw new UnusableBodyException(
          "body_altered",
          "the stored body %s is not what was stored; submit the request again"
              .formatted(file.getFileId()));
    }
    return content;
  }

  /**
   * Removes bodies whose requests have ended, an hour or two after their deadlines.
   *
   * @return how many
   */
  public int removeEnded(Instant now) throws IOException {
    int removed = 0;
    for (String id : store.list(PREFIX)) {
      if (ended(id, now)) {
        store.delete(id);
        removed++;
      }
    }
    return removed;
  }

  /** The hour is that in which the deadline is, so its end is what counts. */
  private static boolean ended(String id, Instant now) {
    int end = PREFIX.length() + HOUR_CHARS;
    if (id.length() < end) {
      return false;
    }
    try {
      return LocalDateTime.parse(id.substring(PREFIX.length(), end), HOUR)
          .toInstant(ZoneOffset.UTC)
          .plus(1, ChronoUnit.HOURS)
          .plus(KEPT_AFTER_DEADLINE)
          .isBefore(now);
    } catch (DateTimeParseException e) {
      // Somebody else's file.
      return false;
    }
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
