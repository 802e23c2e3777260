package io.dualtrack.jobs.runtime;

import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** Flink's view of one of our Avro records. */
public final class RecordType<V extends SpecificRecord> extends TypeInformation<V> {

  private static final long serialVersionUID = 1;

  private final Class<V> type;

  private RecordType(Class<V> type) {
    this.type = type;
  }

  public static <V extends SpecificRecord> RecordType<V> ofRecord(Class<V> type) {
    return new RecordType<>(type);
  }

  @Override
  public TypeSerializer<V> createSerializer(SerializerConfig config) {
    return new RecordSerializer<>(type);
  }

  @Override
  public Class<V> getTypeClass() {
    return type;
  }

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public String toString() {
    return "RecordType<" + type.getSimpleName() + ">";
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof RecordType<?>;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RecordType<?> that && type.equals(that.type);
  }

  @Override
  public int hashCode() {
    return type.hashCode();
  }
}
