package io.dualtrack.inference.intake;

import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * An order that ended, with what is to be written about it.
 *
 * @param record a completion, or a dead letter
 * @param orderBytes what the order held of the pending bytes
 */
record Finished(Held held, long offset, ProducerRecord<String, byte[]> record, int orderBytes) {}
