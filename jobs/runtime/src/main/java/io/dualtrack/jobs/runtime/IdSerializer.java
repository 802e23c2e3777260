package io.dualtrack.jobs.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Ids as a length and their UTF-8 bytes, written at once. Flink's own serializer of strings hands
 * each character to a synchronized stream of its own, and writes a number in four bytes; with
 * millions of keys that was three quarters of a checkpoint's time.
 */
final class IdSerializer extends TypeSerializerSingleton<String> {

  static final IdSerializer INSTANCE = new IdSerializer();

  private static final long serialVersionUID = 1;

  private IdSerializer() {}

  @Override
  public void serialize(String id, DataOutputView target) throws IOException {
    byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
    int length = Integer.BYTES + bytes.length;
    target.write(ByteBuffer.allocate(length).putInt(bytes.length).put(bytes).array(), 0, length);
  }

  @Override
  public String deserialize(DataInputView source) throws IOException {
    byte[] bytes = new byte[source.readInt()];
    source.readFully(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public String deserialize(String reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    int length = source.readInt();
    target.writeInt(length);
    target.write(source, length);
  }

  @Override
  public String copy(String from) {
    return from;
  }

  @Override
  public String copy(String from, String reuse) {
    return from;
  }

  @Override
  public String createInstance() {
    return "";
  }

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public TypeSerializerSnapshot<String> snapshotConfiguration() {
    return new IdSerializerSnapshot();
  }
}
