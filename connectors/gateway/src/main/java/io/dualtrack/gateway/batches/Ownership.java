package io.dualtrack.gateway.batches;

import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.TopicPartition;

/** Partitions come and go in polls, on the engine's thread. */
final class Ownership implements ConsumerRebalanceListener {

  private final Consumer<?, ?> source;
  private final Map<Integer, OwnedPartition> owned;
  private final Workshop workshop;

  /**
   * @param owned by number, kept up to date
   */
  Ownership(Consumer<?, ?> source, Map<Integer, OwnedPartition> owned, Workshop workshop) {
    this.source = source;
    this.owned = owned;
    this.workshop = workshop;
  }

  /**
   * @param partitions that are new; a cooperative group says so too where none is
   */
  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    if (partitions.isEmpty()) {
      // To seek with no partition is to seek in all, past results that nobody has read.
      return;
    }
    // Where there is something to recover, its partition goes back to where that began.
    source.seekToEnd(partitions);
    partitions.forEach(
        each ->
            owned.computeIfAbsent(
                each.partition(), number -> new OwnedPartition(number, workshop)));
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    for (TopicPartition each : partitions) {
      OwnedPartition partition = owned.remove(each.partition());
      if (partition != null) {
        partition.close();
      }
    }
  }
}
