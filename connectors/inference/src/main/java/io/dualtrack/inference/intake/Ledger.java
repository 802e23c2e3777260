package io.dualtrack.inference.intake;

import io.dualtrack.inference.tracking.Mark;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what ended and how far each partition is, both or neither.
 *
 * <p>A transaction that fails is written again by the caller: the calls are paid for, and nothing
 * else changed. Where it cannot be told whether a commit arrived, a new producer of the same id
 * first ends whatever was open; the committed marks then say which it was, because every record
 * that is written changes its partition's mark. Belongs to the poll thread.
 */
public final class Ledger implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);

  private final Supplier<Producer<String, byte[]>> producers;
  private final Consumer<String, byte[]> consumer;
  private Producer<String, byte[]> producer;

  public Ledger(Supplier<Producer<String, byte[]>> producers, Consumer<String, byte[]> consumer) {
    this.producers = producers;
    this.consumer = consumer;
  }

  /** Ends what an earlier process of the same name left open. */
  public void open() {
    producer = producers.get();
    producer.initTransactions();
  }

  /**
   * @return whether it was written; if not, it may be tried again
   * @throws KafkaException if this process is not the one that may write any more, or the broker is
   *     away for longer than a transaction lasts
   */
  public boolean write(
      List<ProducerRecord<String, byte[]>> records, Map<TopicPartition, Mark> marks) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    marks.forEach(
        (partition, mark) ->
            offsets.put(partition, new OffsetAndMetadata(mark.offset(), mark.metadata())));
    try {
      producer.beginTransaction();
      for (ProducerRecord<String, byte[]> record : records) {
        producer.send(record);
      }
      producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
    } catch (KafkaException e) {
      rethrowFinal(e);
      LOG.warn("transaction aborted; records={} cause={}", records.size(), e.toString());
      abort();
      return false;
    }
    try {
      producer.commitTransaction();
      return true;
    } catch (KafkaException e) {
      rethrowFinal(e);
      LOG.warn("transaction in doubt; records={} cause={}", records.size(), e.toString());
      renew();
      boolean written = isCommitted(offsets);
      LOG.warn("transaction resolved; records={} written={}", records.size(), written);
      return written;
    }
  }

  private static void rethrowFinal(KafkaException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ProducerFencedException
          || cause instanceof FencedInstanceIdException
          || cause instanceof AuthorizationException) {
        throw failure;
      }
    }
  }

  private void abort() {
    try {
      producer.abortTransaction();
    } catch (KafkaException e) {
      rethrowFinal(e);
      LOG.warn("a new producer takes over; cause={}", e.toString());
      renew();
    }
  }

  private void renew() {
    producer.close(Duration.ZERO);
    open();
  }

  private boolean isCommitted(Map<TopicPartition, OffsetAndMetadata> offsets) {
    Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(offsets.keySet());
    return offsets.entrySet().stream()
        .allMatch(
            entry -> {
              OffsetAndMetadata found = committed.get(entry.getKey());
              return found != null
                  && found.offset() == entry.getValue().offset()
                  && found.metadata().equals(entry.getValue().metadata());
            });
  }

  Map<TopicPartition, OffsetAndMetadata> committed(Collection<TopicPartition> partitions) {
    return consumer.committed(Set.copyOf(partitions));
  }

  @Override
  public void close() {
    if (producer != null) {
      producer.close(Duration.ofSeconds(5));
    }
  }
}
