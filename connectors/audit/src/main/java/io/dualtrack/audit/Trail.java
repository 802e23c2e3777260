package io.dualtrack.audit;

import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** The records that are to be verified, as they are now. */
interface Trail extends AutoCloseable {

  /** A record that cannot be read any more, at the offset where reading stops. */
  final class UnreadableException extends Exception {
    private final long offset;

    UnreadableException(long offset, Throwable cause) {
      super("the record cannot be read: " + cause.getMessage(), cause);
      this.offset = offset;
    }

    long offset() {
      return offset;
    }
  }

  /**
   * @param begin first offset that is kept
   * @param end offset behind the last committed record
   */
  record Range(long begin, long end) {}

  /** What there is of each partition. */
  Map<TopicPartition, Range> ranges();

  /**
   * The next record of a partition; the first one is the first that is kept.
   *
   * @param limit offset that the record must be below; one behind the end of the range that was
   *     sealed meanwhile, or the largest there is for that end
   * @return nothing where no record is left below the limit; it is given by a later call then
   */
  Optional<ConsumerRecord<byte[], byte[]>> next(TopicPartition partition, long limit)
      throws UnreadableException;

  @Override
  void close();
}
