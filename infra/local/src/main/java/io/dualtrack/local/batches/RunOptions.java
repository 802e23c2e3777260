package io.dualtrack.local.batches;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What to run and how.
 *
 * @param input OpenAI batch file
 * @param output where the output file goes
 * @param key of the account in whose name it runs
 * @param deadline how long the batch may take, whole seconds
 * @param costPatience how long to wait for the costs after the last result
 */
public record RunOptions(
    Path input, Path output, String key, Duration deadline, Duration costPatience) {

  // The key must not be in any text.
  @Override
  public String toString() {
    return "RunOptions[%s, %s, %s]".formatted(input, output, deadline);
  }
}
