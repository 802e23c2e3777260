package io.dualtrack.local.deadletters;

import org.apache.kafka.clients.producer.ProducerRecord;

/** What becomes of a dead letter that is to be replayed. */
public sealed interface Replay {

  /**
   * @param record what is sent
   * @param message what happens now, as a sentence
   */
  record Sent(ProducerRecord<String, byte[]> record, String message) implements Replay {}

  /**
   * @param message why nothing is sent, as a sentence
   */
  record Impossible(String message) implements Replay {}

  String message();
}
