package io.dualtrack.files;

import io.dualtrack.schemas.TextSubject;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Keeps contents under ids that this system makes. What stands here is whole: a content appears
 * when it is committed and not before, whatever is killed meanwhile. Threads may share a store.
 */
public interface FileStore extends AutoCloseable {

  Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,127}");

  /**
   * The same store for contents about one account, or of one tenant: a store that keeps them under
   * keys of their own must be told whose it is that begins.
   */
  default FileStore of(TextSubject subject) {
    return this;
  }

  /**
   * Begins a content. The one that is committed last is the one that is kept.
   *
   * @throws IllegalArgumentException if the id could be anything but one name
   */
  FileDraft begin(String id) throws IOException;

  /**
   * Reads a content.
   *
   * @param offset bytes that are left out, at least 0
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  InputStream open(String id, long offset) throws IOException;

  /**
   * Ids of contents that begin so; those that come or go meanwhile may be missing.
   *
   * @param prefix itself the beginning of an id
   */
  List<String> list(String prefix) throws IOException;

  /** Deletes a content, if there is one. */
  void delete(String id) throws IOException;

  @Override
  void close();

  /** The id itself, if it is one: user text must never become a path. */
  static String checked(String id) {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "an id of a file has letters, digits, - and _, and %d characters at most; this one does not"
              .formatted(128));
    }
    return id;
  }
}
