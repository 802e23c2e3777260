package io.dualtrack.gateway.batches;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.StoredFile;
import io.dualtrack.schemas.Topics;
import io.dualtrack.tracing.Traces;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.time.Duration;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes what the owner of a partition has to say, in transactions under an id that belongs to the
 * partition. Whoever opened it before is fenced: what a gateway that has lost a partition still
 * wants to write is refused as a whole.
 */
final class PartitionWriter implements AutoCloseable {

  private final Producer<String, byte[]> producer;
  private final AvroSerde<InferenceRequest> requests;
  private final AvroSerde<BatchState> batches;
  private final AvroSerde<StoredFile> files;
  private final Traces traces;

  /** Ends what an earlier owner has begun to write, and keeps it from writing more. */
  PartitionWriter(Producer<String, byte[]> producer, SchemaRegistry registry, Traces traces) {
    this.producer = producer;
    this.requests = Topics.REQUESTS.serde(registry);
    this.batches = Topics.BATCHES.serde(registry);
    this.files = Topics.FILES.serde(registry);
    this.traces = traces;
    producer.initTransactions();
  }

  void begin() {
    producer.beginTransaction();
  }

  void send(InferenceRequest request) {
    String topic = Topics.REQUESTS.name();
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(topic, request.getRequestId(), requests.serialize(topic, request));
    Span span =
        traces
            .begin("release", SpanKind.PRODUCER, null)
            .setAttribute(Traces.REQUEST, request.getRequestId())
            .setAttribute(Traces.BATCH, request.getReplyKey());
    Traces.put(record.headers(), Traces.parent(span));
    span.end();
    producer.send(record);
  }

  void send(BatchState batch) {
    String topic = Topics.BATCHES.name();
    producer.send(new ProducerRecord<>(topic, batch.getBatchId(), batches.serialize(topic, batch)));
  }

  void send(StoredFile file) {
    String topic = Topics.FILES.name();
    producer.send(new ProducerRecord<>(topic, file.getFileId(), files.serialize(topic, file)));
  }

  /**
   * @throws org.apache.kafka.common.KafkaException if anything of it could not be written, and then
   *     nothing of it counts
   */
  void commit() {
    producer.commitTransaction();
  }

  void abort() {
    producer.abortTransaction();
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO);
  }
}
