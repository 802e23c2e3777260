package io.dualtrack.gateway.batches;

import io.dualtrack.schemas.Topics;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/** Where a gateway is in the partitions of results that are its own. */
final class ResultsReader {

  private final Consumer<String, byte[]> consumer;
  private final int partitions;

  ResultsReader(Consumer<String, byte[]> consumer) {
    this.consumer = consumer;
    this.partitions = consumer.partitionsFor(Topics.RESULTS.name()).size();
  }

  int partitions() {
    return partitions;
  }

  private static TopicPartition results(int partition) {
    return new TopicPartition(Topics.RESULTS.name(), partition);
  }

  /** Offset of the next result to be read. */
  long position(int partition) {
    return consumer.position(results(partition));
  }

  /** Offset behind the last committed result. */
  long end(int partition) {
    return end(results(partition));
  }

  /** Offset behind the last committed state of a batch. */
  long endOfBatches(int partition) {
    return end(new TopicPartition(Topics.BATCHES.name(), partition));
  }

  private long end(TopicPartition partition) {
    return consumer.endOffsets(List.of(partition)).get(partition);
  }

  void readFrom(int partition, long offset) {
    consumer.seek(results(partition), offset);
  }
}
