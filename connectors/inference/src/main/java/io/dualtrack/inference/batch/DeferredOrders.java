package io.dualtrack.inference.batch;

import io.dualtrack.inference.records.RecordDecoder;
import io.dualtrack.inference.records.RecordDecoder.Decoded;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.ProviderBatch;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads from the log what belongs to a partition's jobs: the orders, so that a job need not hold
 * their texts for a day, and the jobs themselves. One thread.
 */
final class DeferredOrders implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DeferredOrders.class);
  private static final Duration POLL = Duration.ofMillis(200);

  private final Consumer<String, byte[]> consumer;
  private final RecordDecoder<DispatchOrder> orders;
  private final RecordDecoder<ProviderBatch> jobs;

  /**
   * @param consumer without a group; owned and closed by this
   */
  DeferredOrders(Consumer<String, byte[]> consumer, SchemaRegistry registry) {
    this.consumer = consumer;
    this.orders = new RecordDecoder<>(Topics.ORDERS_API_DEFERRED, registry);
    this.jobs = new RecordDecoder<>(Topics.PROVIDER_BATCHES, registry);
  }

  /** The orders of a job by their offsets, in order; one that the log lost is missing. */
  Map<Long, DispatchOrder> of(ProviderBatch job) {
    Map<Long, DispatchOrder> found = new TreeMap<>();
    List<Long> offsets = job.getOffsets();
    TopicPartition partition =
        new TopicPartition(Topics.ORDERS_API_DEFERRED.name(), job.getPartition());
    consumer.assign(List.of(partition));
    consumer.seek(partition, offsets.get(0));
    long last = offsets.get(offsets.size() - 1);
    Set<Long> wanted = new HashSet<>(offsets);
    while (consumer.position(partition) <= last) {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        if (wanted.contains(record.offset())
            && orders.decode(record.value()) instanceof Decoded.Value<DispatchOrder> order) {
          found.put(record.offset(), order.value());
        }
      }
    }
    if (found.size() < offsets.size()) {
      LOG.error(
          "orders of a provider's batch cannot be read; batch={} partition={} missing={}",
          job.getJobId(),
          job.getPartition(),
          offsets.size() - found.size());
    }
    return found;
  }

  /** The jobs of a partition that are not settled. */
  List<ProviderBatch> jobs(int number) {
    TopicPartition partition = new TopicPartition(Topics.PROVIDER_BATCHES.name(), number);
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    long end = consumer.endOffsets(List.of(partition)).get(partition);
    Map<String, ProviderBatch> found = new HashMap<>();
    while (consumer.position(partition) < end) {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        Decoded<ProviderBatch> decoded = jobs.decode(record.value());
        if (decoded instanceof Decoded.Value<ProviderBatch> job) {
          found.put(record.key(), job.value());
        } else if (decoded instanceof Decoded.Tombstone<ProviderBatch>) {
          found.remove(record.key());
        } else {
          throw new IllegalStateException(
              "job %s in %s cannot be read".formatted(record.key(), partition));
        }
      }
    }
    return List.copyOf(found.values());
  }

  @Override
  public void close() {
    consumer.close();
  }
}
