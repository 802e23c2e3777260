package io.dualtrack.jobs.runtime;

import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.SchemaRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.flink.api.common.serialization.DeserializationSchema.InitializationContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.EitherTypeInfo;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.metrics.Counter;
import org.apache.flink.types.Either;
import org.apache.flink.util.Collector;
import org.apache.flink.util.function.SerializableFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A record of a topic, or the dead letter that stands for one that nobody can read. A registry that
 * does not answer is neither: the task fails and tries again, for the record may be sound.
 */
final class RecordDecoder<T> implements KafkaRecordDeserializationSchema<Either<DeadLetter, T>> {

  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(RecordDecoder.class);

  private final String topicName;
  private final RecordForm<T> form;
  private final RegistryLocation registry;
  private final String component;
  private final SerializableFunction<String, T> withdrawn;

  private transient RecordForm.Reading<T> reading;
  private transient Counter poison;

  /**
   * @param withdrawn what a deletion of a key means; null where a topic knows no deletions
   */
  RecordDecoder(
      String topicName,
      RecordForm<T> form,
      RegistryLocation registry,
      String component,
      SerializableFunction<String, T> withdrawn) {
    this.topicName = topicName;
    this.form = form;
    this.registry = registry;
    this.component = component;
    this.withdrawn = withdrawn;
  }

  @Override
  public void open(InitializationContext context) {
    poison = context.getMetricGroup().counter("poisonRecords");
    reading = form.open(registry.connect());
  }

  @Override
  public void deserialize(
      ConsumerRecord<byte[], byte[]> record, Collector<Either<DeadLetter, T>> out)
      throws IOException {
    if (record.value() == null) {
      if (withdrawn != null && record.key() != null) {
        String key = new String(record.key(), StandardCharsets.UTF_8);
        out.collect(Either.Right(withdrawn.apply(key)));
      } else {
        out.collect(Either.Left(bury(record, "EMPTY_RECORD", "the record has no value")));
      }
      return;
    }
    try {
      out.collect(Either.Right(reading.read(topicName, record.value())));
    } catch (SerializationException e) {
      if (SchemaRegistry.isBehind(e)) {
        throw new IOException("cannot read %s: %s".formatted(topicName, e.getMessage()), e);
      }
      out.collect(Either.Left(bury(record, "UNREADABLE_RECORD", e.getMessage())));
    }
  }

  private DeadLetter bury(ConsumerRecord<byte[], byte[]> record, String code, String message) {
    poison.inc();
    LOG.warn(
        "skipped a record; topic={} partition={} offset={} code={}",
        record.topic(),
        record.partition(),
        record.offset(),
        code);
    Instant recordedAt = Instant.ofEpochMilli(Math.max(0, record.timestamp()));
    return DeadLetter.newBuilder()
        .setTopic(record.topic())
        .setPartition(record.partition())
        .setOffset(record.offset())
        .setRecordedAt(recordedAt)
        .setComponent(component)
        .setErrorCode(code)
        .setErrorMessage(message)
        .setAt(Instant.now().truncatedTo(ChronoUnit.MILLIS))
        .build();
  }

  @Override
  public TypeInformation<Either<DeadLetter, T>> getProducedType() {
    return new EitherTypeInfo<>(RecordType.ofRecord(DeadLetter.class), form.type());
  }
}
