package io.dualtrack.gateway.records;

import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what callers do, and returns when it is durable and this gateway itself knows of it. */
public final class RecordLog implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RecordLog.class);
  private static final Duration DURABLE = Duration.ofSeconds(30);
  private static final Duration KNOWN = Duration.ofSeconds(5);

  private final Producer<String, byte[]> producer;
  private final SchemaRegistry registry;
  private final BatchView view;

  /**
   * @param producer closed with this
   */
  public RecordLog(Producer<String, byte[]> producer, SchemaRegistry registry, BatchView view) {
    this.producer = producer;
    this.registry = registry;
    this.view = view;
  }

  /**
   * @param value null to remove the key
   * @throws io.dualtrack.gateway.error.ApiException with 503 if it is not known to be durable
   */
  public <V extends SpecificRecord> void write(Topic<V> topic, String key, V value) {
    try {
      byte[] bytes = topic.serde(registry).serialize(topic.name(), value);
      RecordMetadata written =
          producer
              .send(new ProducerRecord<>(topic.name(), key, bytes))
              .get(DURABLE.toMillis(), TimeUnit.MILLISECONDS);
      if (!view.awaitRecord(
          new TopicPartition(written.topic(), written.partition()), written.offset(), KNOWN)) {
        LOG.warn("a record is written and not yet read; topic={}", topic.name());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable();
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      LOG.error("cannot write; topic={} cause={}", topic.name(), e.toString());
      throw unavailable();
    }
  }

  private static RuntimeException unavailable() {
    return ApiError.unavailable(
            "The gateway cannot write this down now; try again.", Duration.ofSeconds(1))
        .toException();
  }

  @Override
  public void close() {
    producer.close();
  }
}
