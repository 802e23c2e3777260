package io.dualtrack.jobs.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What a checkpoint remembers of its records: their class, and the schema they were written with.
 * State of an older schema is read into today's records by Avro's resolution rules; of one that
 * does not resolve nothing is guessed, and the job ends.
 */
public final class RecordSerializerSnapshot<V extends SpecificRecord>
    implements TypeSerializerSnapshot<V> {

  private static final int VERSION = 1;

  private Class<V> type;
  private String schema;

  /** For Flink, which fills it by {@link #readSnapshot}. */
  public RecordSerializerSnapshot() {}

  RecordSerializerSnapshot(Class<V> type, String schema) {
    this.type = type;
    this.schema = schema;
  }

  @Override
  public int getCurrentVersion() {
    return VERSION;
  }

  @Override
  public void writeSnapshot(DataOutputView out) throws IOException {
    out.writeUTF(type.getName());
    byte[] json = schema.getBytes(StandardCharsets.UTF_8);
    out.writeInt(json.length);
    out.write(json);
  }

  @Override
  public void readSnapshot(int version, DataInputView in, ClassLoader loader) throws IOException {
    if (version != VERSION) {
      throw UnreadableState.because(
          "its records have version %d and are read up to %d".formatted(version, VERSION));
    }
    String name = in.readUTF();
    byte[] json = new byte[in.readInt()];
    in.readFully(json);
    schema = new String(json, StandardCharsets.UTF_8);
    try {
      @SuppressWarnings("unchecked")
      Class<V> found =
          (Class<V>) Class.forName(name, false, loader).asSubclass(SpecificRecord.class);
      type = found;
    } catch (ClassNotFoundException | ClassCastException e) {
      throw UnreadableState.because("it holds records of %s, which is not known".formatted(name));
    }
  }

  @Override
  public TypeSerializer<V> restoreSerializer() {
    return new RecordSerializer<>(type, schema);
  }

  @Override
  public TypeSerializerSchemaCompatibility<V> resolveSchemaCompatibility(
      TypeSerializerSnapshot<V> older) {
    if (!(older instanceof RecordSerializerSnapshot<V> before) || !type.equals(before.type)) {
      return TypeSerializerSchemaCompatibility.incompatible();
    }
    Schema now = new Schema.Parser().parse(schema);
    Schema then = new Schema.Parser().parse(before.schema);
    if (now.equals(then)) {
      return TypeSerializerSchemaCompatibility.compatibleAsIs();
    }
    var compatibility = SchemaCompatibility.checkReaderWriterCompatibility(now, then);
    if (compatibility.getType() != SchemaCompatibilityType.COMPATIBLE) {
      throw UnreadableState.because(
          "its %s has another schema (%s)"
              .formatted(now.getName(), compatibility.getResult().getIncompatibilities()));
    }
    return TypeSerializerSchemaCompatibility.compatibleAfterMigration();
  }
}
