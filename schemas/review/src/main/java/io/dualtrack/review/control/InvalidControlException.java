package io.dualtrack.review.control;

import java.util.List;

/** Control files that cannot be published, with everything that is wrong in them. */
public final class InvalidControlException extends Exception {

  private final transient List<Problem> problems;

  public InvalidControlException(List<Problem> problems) {
    super(problems.size() + " problems, the first: " + problems.get(0));
    this.problems = List.copyOf(problems);
  }

  /** In the order of files and lines; never empty. */
  public List<Problem> problems() {
    return problems;
  }
}
