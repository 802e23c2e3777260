package io.dualtrack.jobs.abuse;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * What goes from task to task, as bytes. Flink would write beans field by field with what each of
 * them is; of an exchange's dozen claims that took longer than what is done with them.
 */
final class Bytes {

  private static final int USUAL = 512;

  /** Something that can be written. */
  @FunctionalInterface
  interface Writable {
    void to(DataOutput out) throws IOException;
  }

  private Bytes() {}

  static byte[] of(Writable what) {
    try {
      DataOutputSerializer out = new DataOutputSerializer(USUAL);
      what.to(out);
      return out.getCopyOfBuffer();
    } catch (IOException e) {
      throw new UncheckedIOException("a record does not fit into memory", e);
    }
  }

  /** The number that a record begins with. */
  static long key(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong();
  }

  static void write(long[] values, DataOutput out) throws IOException {
    out.writeInt(values.length);
    for (long value : values) {
      out.writeLong(value);
    }
  }

  static long[] longs(DataInput in) throws IOException {
    long[] values = new long[in.readInt()];
    for (int i = 0; i < values.length; i++) {
      values[i] = in.readLong();
    }
    return values;
  }

  /**
   * @param text null for none, which an empty one stands for
   */
  static void write(String text, DataOutput out) throws IOException {
    out.writeUTF(text == null ? "" : text);
  }

  static String text(DataInput in) throws IOException {
    String text = name(in);
    return text.isEmpty() ? null : text;
  }

  /**
   * What {@link DataOutput#writeUTF} wrote. Names are mostly of letters and digits, and those need
   * no decoding.
   */
  static String name(DataInput in) throws IOException {
    int length = in.readUnsignedShort();
    if (length == 0) {
      return "";
    }
    byte[] bytes = new byte[Short.BYTES + length];
    in.readFully(bytes, Short.BYTES, length);
    for (int i = Short.BYTES; i < bytes.length; i++) {
      if (bytes[i] <= 0) {
        bytes[0] = (byte) (length >>> Byte.SIZE);
        bytes[1] = (byte) length;
        return new DataInputDeserializer(bytes).readUTF();
      }
    }
    return new String(bytes, Short.BYTES, length, StandardCharsets.ISO_8859_1);
  }
}
