package io.dualtrack.local.feeder;

/** Ids of a run's requests: the run and the line, so that a result says which line it answers. */
final class RequestIds {

  private RequestIds() {}

  static String of(String run, long line) {
    return run + "-" + line;
  }

  /** The line of a request; -1 where the id is of another run. */
  static int line(String run, String requestId) {
    int digits = run.length() + 1;
    if (requestId.length() <= digits
        || requestId.charAt(run.length()) != '-'
        || !requestId.startsWith(run)) {
      return -1;
    }
    try {
      return Integer.parseInt(requestId, digits, requestId.length(), 10);
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
