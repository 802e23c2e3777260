package io.dualtrack.gateway.control;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads tenants, offerings and suspensions from the beginning and follows them. */
public final class ControlView implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ControlView.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration FIRST_POLL = Duration.ofMillis(100);
  private static final Duration REGISTRY_PAUSE = Duration.ofSeconds(1);

  private final Supplier<KafkaConsumer<String, byte[]>> consumers;
  private final AvroSerde<Tenant> tenants;
  private final AvroSerde<Offering> offerings;
  private final AvroSerde<Suspension> suspensions;
  private final Consumer<Throwable> onFailure;
  private final CompletableFuture<Void> complete = new CompletableFuture<>();
  private final Thread thread;
  private volatile ControlSnapshot snapshot = ControlSnapshot.EMPTY;
  private volatile KafkaConsumer<String, byte[]> consumer;
  private volatile boolean closing;

  /**
   * @param consumers makes one without a group
   * @param onFailure told once if the topics cannot be followed any more
   */
  public ControlView(
      Supplier<KafkaConsumer<String, byte[]>> consumers,
      SchemaRegistry registry,
      String name,
      Consumer<Throwable> onFailure) {
    this.consumers = consumers;
    this.tenants = Topics.TENANTS.serde(registry);
    this.offerings = Topics.OFFERINGS.serde(registry);
    this.suspensions = Topics.SUSPENSIONS.serde(registry);
    this.onFailure = onFailure;
    this.thread = new Thread(this::follow, name);
  }

  public void start() {
    consumer = consumers.get();
    thread.start();
  }

  public ControlSnapshot snapshot() {
    return snapshot;
  }

  /** Whether all that was published before the start is known, and changes are followed. */
  public boolean isReady() {
    return complete.isDone() && !complete.isCompletedExceptionally() && thread.isAlive();
  }

  private void follow() {
    try (KafkaConsumer<String, byte[]> source = consumer) {
      List<TopicPartition> partitions =
          Stream.of(Topics.TENANTS, Topics.OFFERINGS, Topics.SUSPENSIONS)
              .flatMap(topic -> partitions(source, topic))
              .toList();
      source.assign(partitions);
      source.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = source.endOffsets(partitions);
      while (!closing) {
        source.poll(complete.isDone() ? POLL : FIRST_POLL).forEach(this::apply);
        if (!complete.isDone()
            && ends.entrySet().stream()
                .allMatch(end -> source.position(end.getKey()) >= end.getValue())) {
          complete.complete(null);
        }
      }
    } catch (WakeupException e) {
      if (!closing) {
        fail(e);
      }
    } catch (RuntimeException e) {
      fail(e);
    } finally {
      complete.cancel(false);
    }
  }

  private static Stream<TopicPartition> partitions(
      KafkaConsumer<String, byte[]> consumer, Topic<?> topic) {
    List<TopicPartition> found =
        consumer.partitionsFor(topic.name()).stream()
            .map(info -> new TopicPartition(topic.name(), info.partition()))
            .toList();
    if (found.isEmpty()) {
      throw new IllegalStateException(
          "topic " + topic.name() + " does not exist; provision it first");
    }
    return found.stream();
  }

  private void fail(RuntimeException cause) {
    complete.completeExceptionally(cause);
    onFailure.accept(cause);
  }

  private void apply(ConsumerRecord<String, byte[]> record) {
    if (record.key() == null) {
      return;
    }
    if (record.topic().equals(Topics.TENANTS.name())) {
      snapshot = snapshot.withTenant(record.key(), decode(tenants, record));
    } else if (record.topic().equals(Topics.OFFERINGS.name())) {
      snapshot = snapshot.withOffering(record.key(), decode(offerings, record));
    } else {
      snapshot = snapshot.withSuspension(record.key(), decode(suspensions, record));
    }
  }

  /**
   * Null where the key was deleted, and where the record cannot be read: a tenant whose contract is
   * not known has no access. Waits for a registry that is away.
   */
  private <V extends SpecificRecord> V decode(
      AvroSerde<V> serde, ConsumerRecord<String, byte[]> record) {
    while (record.value() != null) {
      try {
        return serde.deserialize(record.topic(), record.value());
      } catch (SerializationException e) {
        if (!SchemaRegistry.isBehind(e) || closing) {
          LOG.error(
              "unreadable control record; topic={} partition={} offset={} cause={}",
              record.topic(),
              record.partition(),
              record.offset(),
              e.getMessage());
          return null;
        }
        LOG.warn("waiting for the registry; cause={}", e.getMessage());
        consumer.pause(consumer.assignment());
        consumer.poll(REGISTRY_PAUSE);
        consumer.resume(consumer.assignment());
      }
    }
    return null;
  }

  @Override
  public void close() {
    closing = true;
    if (consumer != null) {
      consumer.wakeup();
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
