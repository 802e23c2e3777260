package io.dualtrack.local.deadletters;

import io.dualtrack.schemas.DeadLetter;
import java.time.Instant;

/**
 * Which dead letters are meant. What is null does not matter.
 *
 * @param key coordinates of the record: topic-partition-offset
 * @param topic name of the record's topic, with or without {@code dualtrack.} in front
 * @param component that gave up on the record
 * @param code why
 * @param since gave up then or later
 * @param replayed also those that were replayed already
 */
public record Selection(
    String key, String topic, String component, String code, Instant since, boolean replayed) {

  private static final String PREFIX = "dualtrack.";

  boolean includes(String itsKey, DeadLetter letter) {
    return matches(key, itsKey)
        && (topic == null
            || topic.equals(letter.getTopic())
            || letter.getTopic().equals(PREFIX + topic))
        && matches(component, letter.getComponent())
        && matches(code, letter.getErrorCode())
        && (since == null || !letter.getAt().isBefore(since))
        && (replayed || letter.getReplayedAt() == null);
  }

  private static boolean matches(String wanted, String found) {
    return wanted == null || wanted.equals(found);
  }
}
