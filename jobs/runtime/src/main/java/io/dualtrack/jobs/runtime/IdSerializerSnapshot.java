package io.dualtrack.jobs.runtime;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Says that a checkpoint's ids were written by {@link IdSerializer}. State of an earlier release
 * has them as Flink writes strings: a job that is restored from it goes on so, since Flink cannot
 * change the form of keys.
 */
public final class IdSerializerSnapshot implements TypeSerializerSnapshot<String> {

  private static final int VERSION = 1;

  /** For Flink. */
  public IdSerializerSnapshot() {}

  @Override
  public int getCurrentVersion() {
    return VERSION;
  }

  @Override
  public void writeSnapshot(DataOutputView out) {}

  @Override
  public void readSnapshot(int version, DataInputView in, ClassLoader loader) throws IOException {
    if (version != VERSION) {
      throw UnreadableState.because(
          "its ids have version %d and are read up to %d".formatted(version, VERSION));
    }
  }

  @Override
  public TypeSerializer<String> restoreSerializer() {
    return IdSerializer.INSTANCE;
  }

  @Override
  public TypeSerializerSchemaCompatibility<String> resolveSchemaCompatibility(
      TypeSerializerSnapshot<String> older) {
    if (older instanceof IdSerializerSnapshot) {
      return TypeSerializerSchemaCompatibility.compatibleAsIs();
    }
    return older instanceof StringSerializer.StringSerializerSnapshot
        ? TypeSerializerSchemaCompatibility.compatibleWithReconfiguredSerializer(
            StringSerializer.INSTANCE)
        : TypeSerializerSchemaCompatibility.incompatible();
  }
}
