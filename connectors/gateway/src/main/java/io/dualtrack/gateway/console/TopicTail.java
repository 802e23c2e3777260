package io.dualtrack.gateway.console;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the topics that the console shows, on one thread and outside any group. What it cannot
 * read it passes over, and a console that fails leaves the gateway at work: people can do without
 * it for a while, callers cannot.
 */
final class TopicTail implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TopicTail.class);
  private static final Duration POLL = Duration.ofMillis(250);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Where to begin. */
  enum Begin {
    /** With everything: the topic is a table. */
    FIRST,
    /** With the latest records, so many over all partitions. */
    LATEST,
    /** With what comes from now on. */
    NEXT
  }

  /** Takes a record; the value is null where its key was deleted. */
  @FunctionalInterface
  interface Reader<V> {
    void read(ConsumerRecord<String, byte[]> record, V value);
  }

  private record Source<V extends SpecificRecord>(
      Topic<V> topic, Begin begin, long latest, AvroSerde<V> serde, Reader<V> reader) {
    void read(ConsumerRecord<String, byte[]> record) {
      reader.read(record, serde.deserialize(record.topic(), record.value()));
    }
  }

  private final Supplier<KafkaConsumer<String, byte[]>> consumers;
  private final SchemaRegistry registry;
  private final Map<String, Source<?>> sources = new HashMap<>();
  private final Thread thread;
  private volatile KafkaConsumer<String, byte[]> consumer;
  private volatile boolean complete;
  private volatile boolean failed;
  private volatile boolean closing;

  TopicTail(
      Supplier<KafkaConsumer<String, byte[]>> consumers, SchemaRegistry registry, String name) {
    this.consumers = consumers;
    this.registry = registry;
    this.thread = new Thread(this::follow, name);
  }

  /**
   * Called before {@link #start}.
   *
   * @param latest for {@link Begin#LATEST}; 0 otherwise
   */
  <V extends SpecificRecord> TopicTail of(
      Topic<V> topic, Begin begin, long latest, Reader<V> reader) {
    sources.put(topic.name(), new Source<>(topic, begin, latest, topic.serde(registry), reader));
    return this;
  }

  /** Begins to follow, where that has not begun yet. */
  synchronized void start() {
    if (consumer == null && !closing) {
      consumer = consumers.get();
      thread.start();
    }
  }

  /** Whether all that was written before the start is known. */
  boolean isComplete() {
    return complete;
  }

  /** Whether nothing is read any more. */
  boolean hasFailed() {
    return failed;
  }

  private void follow() {
    try (KafkaConsumer<String, byte[]> source = consumer) {
      Map<TopicPartition, Long> ends = assign(source);
      while (!closing) {
        source.poll(POLL).forEach(this::read);
        if (!complete
            && ends.entrySet().stream()
                .allMatch(end -> source.position(end.getKey()) >= end.getValue())) {
          complete = true;
        }
      }
    } catch (WakeupException e) {
      if (!closing) {
        fail(e);
      }
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void fail(RuntimeException cause) {
    failed = true;
    LOG.error("the console cannot follow its topics any more; restart the gateway", cause);
  }

  private Map<TopicPartition, Long> assign(KafkaConsumer<String, byte[]> source) {
    List<TopicPartition> all = new ArrayList<>();
    for (String topic : sources.keySet()) {
      source
          .partitionsFor(topic)
          .forEach(info -> all.add(new TopicPartition(topic, info.partition())));
    }
    source.assign(all);
    Map<TopicPartition, Long> ends = source.endOffsets(all);
    Map<TopicPartition, Long> firsts = source.beginningOffsets(all);
    for (Source<?> each : sources.values()) {
      List<TopicPartition> own =
          all.stream().filter(one -> one.topic().equals(each.topic().name())).toList();
      for (TopicPartition partition : own) {
        long first = firsts.get(partition);
        long end = ends.get(partition);
        source.seek(
            partition,
            switch (each.begin()) {
              case FIRST -> first;
              case LATEST -> Math.max(first, end - each.latest() / own.size());
              case NEXT -> end;
            });
      }
    }
    return ends;
  }

  private void read(ConsumerRecord<String, byte[]> record) {
    while (!closing) {
      try {
        sources.get(record.topic()).read(record);
        return;
      } catch (SerializationException e) {
        if (!SchemaRegistry.isBehind(e)) {
          LOG.warn(
              "passed over a record that nobody can read; topic={} partition={} offset={} cause={}",
              record.topic(),
              record.partition(),
              record.offset(),
              e.getMessage());
          return;
        }
        consumer.pause(consumer.assignment());
        consumer.poll(PAUSE);
        consumer.resume(consumer.assignment());
      }
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closing = true;
    }
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
