package io.dualtrack.local.command;

import io.dualtrack.local.DurationText;
import io.dualtrack.local.deadletters.Selection;
import java.time.Duration;
import java.time.Instant;
import picocli.CommandLine.Option;

/** The options that say which dead letters are meant. */
final class DeadLetterOptions {

  @Option(
      names = "--key",
      paramLabel = "TOPIC-PARTITION-OFFSET",
      description = "only this one; the key that `list` prints")
  private String key;

  @Option(names = "--topic", description = "only records of this topic")
  private String topic;

  @Option(names = "--component", description = "only those that this component gave up on")
  private String component;

  @Option(names = "--code", description = "only those with this error code")
  private String code;

  @Option(
      names = "--last",
      paramLabel = "TIME",
      converter = DurationText.class,
      description = "only those of the last 30m, 24h, …")
  private Duration last;

  boolean none() {
    return key == null && topic == null && component == null && code == null && last == null;
  }

  /**
   * @param replayed also those that were replayed already
   */
  Selection selection(boolean replayed) {
    return new Selection(
        key, topic, component, code, last == null ? null : Instant.now().minus(last), replayed);
  }
}
