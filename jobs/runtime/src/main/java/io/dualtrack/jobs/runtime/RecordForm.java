package io.dualtrack.jobs.runtime;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.RecordTrimmer;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.TextSeal;
import io.dualtrack.schemas.Topic;
import java.io.Serializable;
import java.util.HashSet;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.function.SerializableSupplier;

/** What a job takes the records of a topic as. */
sealed interface RecordForm<T> extends Serializable {

  /** Reads one record. */
  @FunctionalInterface
  interface Reading<T> {
    /**
     * @throws org.apache.kafka.common.errors.SerializationException if it cannot be read
     */
    T read(String topic, byte[] data);
  }

  /** A reading of its own for one task. */
  Reading<T> open(SchemaRegistry registry);

  TypeInformation<T> type();

  /**
   * As objects.
   *
   * @param texts gives what a task opens sealed texts with
   */
  record Whole<V extends SpecificRecord>(Class<V> recordType, SerializableSupplier<TextSeal> texts)
      implements RecordForm<V> {

    static <V extends SpecificRecord> Whole<V> of(Topic<V> topic) {
      return of(topic, () -> TextSeal.NONE);
    }

    static <V extends SpecificRecord> Whole<V> of(
        Topic<V> topic, SerializableSupplier<TextSeal> texts) {
      return new Whole<>(topic.valueType(), texts);
    }

    @Override
    public Reading<V> open(SchemaRegistry registry) {
      return new AvroSerde<>(registry.withTexts(texts.get()), recordType)::deserialize;
    }

    @Override
    public TypeInformation<V> type() {
      return RecordType.ofRecord(recordType);
    }
  }

  /** As bytes, see {@link RecordTrimmer}. */
  record Trimmed<V extends SpecificRecord>(Class<V> recordType, HashSet<String> unread)
      implements RecordForm<byte[]> {

    static <V extends SpecificRecord> Trimmed<V> of(Topic<V> topic, Set<String> unread) {
      return new Trimmed<>(topic.valueType(), new HashSet<>(unread));
    }

    @Override
    public Reading<byte[]> open(SchemaRegistry registry) {
      return new RecordTrimmer<>(registry, recordType, unread)::trim;
    }

    @Override
    public TypeInformation<byte[]> type() {
      return PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;
    }
  }
}
