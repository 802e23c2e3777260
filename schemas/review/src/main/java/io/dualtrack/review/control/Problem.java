package io.dualtrack.review.control;

import java.util.Comparator;

/**
 * One thing that is wrong in a control file.
 *
 * @param file path as the user gave it
 * @param line 1-based; 0 where the whole file is meant
 * @param what what is wrong
 * @param remedy what to do about it
 */
public record Problem(String file, int line, String what, String remedy) {

  static final Comparator<Problem> BY_PLACE =
      Comparator.comparing(Problem::file).thenComparingInt(Problem::line);

  @Override
  public String toString() {
    String place = line == 0 ? file : file + ":" + line;
    return "%s: %s; %s".formatted(place, what, remedy);
  }
}
