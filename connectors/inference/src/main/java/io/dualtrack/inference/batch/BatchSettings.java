package io.dualtrack.inference.batch;

import java.time.Duration;

/**
 * @param collectFor how long the first order of a job waits for others
 * @param pollEvery how often a provider is asked how far a batch is
 * @param maxLines of one job
 * @param maxBytes of the bodies of one job
 * @param maxCompletionBytes longest completion that the topic takes
 */
public record BatchSettings(
    Duration collectFor, Duration pollEvery, int maxLines, long maxBytes, int maxCompletionBytes) {

  private static final int LINES = 5_000;
  private static final long BYTES = 16L * 1024 * 1024;

  public static BatchSettings usual(int maxCompletionBytes) {
    return new BatchSettings(
        Duration.ofSeconds(30), Duration.ofSeconds(15), LINES, BYTES, maxCompletionBytes);
  }

  public BatchSettings withTimes(Duration collect, Duration poll) {
    return new BatchSettings(collect, poll, maxLines, maxBytes, maxCompletionBytes);
  }
}
