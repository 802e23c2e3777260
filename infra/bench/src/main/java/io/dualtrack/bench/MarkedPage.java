package io.dualtrack.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A page of documentation with a place for what a command made, between two marks.
 *
 * @param command whose place it is
 */
public record MarkedPage(String command) {

  public String begin() {
    return "<!-- made by `dualtrack %s`: begin -->".formatted(command);
  }

  public String end() {
    return "<!-- made by `dualtrack %s`: end -->".formatted(command);
  }

  /**
   * Reads a page.
   *
   * @throws IOException if it cannot be read, or has not both marks
   */
  public String read(Path file) throws IOException {
    String page = Files.readString(file);
    if (page.indexOf(begin()) < 0 || page.indexOf(end()) < page.indexOf(begin())) {
      throw new IOException(
          "%s has no place for the table: a line \"%s\" and, below it, a line \"%s\""
              .formatted(file, begin(), end()));
    }
    return page;
  }

  /** The page with another text between its marks. */
  public String put(String page, String text) {
    return page.substring(0, page.indexOf(begin()) + begin().length())
        + "\n"
        + text
        + page.substring(page.indexOf(end()));
  }
}
