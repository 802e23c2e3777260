package io.dualtrack.warehouse.postgres;

import org.apache.kafka.common.TopicPartition;

/** Somebody else writes to the same database; only one may. */
public final class ConcurrentWriterException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ConcurrentWriterException(TopicPartition partition) {
    super(
        "another warehouse wrote records of %s to the same database; stop one of them"
            .formatted(partition));
  }
}
