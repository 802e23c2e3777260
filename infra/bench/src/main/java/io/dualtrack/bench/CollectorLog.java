package io.dualtrack.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a JVM's collector wrote ({@code -Xlog:gc}) of the heap. */
record CollectorLog(long peakMegabytes, long peakLiveMegabytes) {

  private static final Pattern COLLECTION = Pattern.compile(" ([0-9]+)M->([0-9]+)M\\(");

  /**
   * Reads a log; zeros where nothing was collected.
   *
   * @return the most that was on the heap, and the most that a collection left there
   */
  static CollectorLog read(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      return lines
          .map(COLLECTION::matcher)
          .filter(Matcher::find)
          .map(
              found ->
                  new CollectorLog(Long.parseLong(found.group(1)), Long.parseLong(found.group(2))))
          .reduce(
              new CollectorLog(0, 0),
              (one, other) ->
                  new CollectorLog(
                      Math.max(one.peakMegabytes, other.peakMegabytes),
                      Math.max(one.peakLiveMegabytes, other.peakLiveMegabytes)));
    }
  }
}
