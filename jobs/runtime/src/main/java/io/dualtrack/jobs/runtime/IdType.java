package io.dualtrack.jobs.runtime;

import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** Ids as keys of state, see {@link IdSerializer}. */
public final class IdType extends TypeInformation<String> {

  private static final long serialVersionUID = 1;

  public static final IdType ID = new IdType();

  private IdType() {}

  @Override
  public TypeSerializer<String> createSerializer(SerializerConfig config) {
    return IdSerializer.INSTANCE;
  }

  @Override
  public Class<String> getTypeClass() {
    return String.class;
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
    return true;
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
    return "Id";
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof IdType;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IdType;
  }

  @Override
  public int hashCode() {
    return IdType.class.hashCode();
  }
}
