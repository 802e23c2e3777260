package io.dualtrack.local.feeder;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What to run and how.
 *
 * @param input OpenAI batch file
 * @param output where the output file goes
 * @param inFlight requests that are sent and have no result, at most
 * @param deadline how long a request may take from its sending on
 * @param costPatience how long to wait for the costs after the last result
 */
public record RunOptions(
    Path input,
    Path output,
    String tenant,
    String account,
    int inFlight,
    Duration deadline,
    Duration costPatience) {

  public RunOptions {
    if (inFlight < 1) {
      throw new IllegalArgumentException("at least 1 request must be in flight, not " + inFlight);
    }
  }
}
