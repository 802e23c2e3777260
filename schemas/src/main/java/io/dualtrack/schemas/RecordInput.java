package io.dualtrack.schemas;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Avro's binary encoding in an array, read from a position on. Avro's own decoder reads streams and
 * keeps a buffer before them; all we read is in memory already.
 */
final class RecordInput {

  private final byte[] bytes;
  private final int end;
  private int position;

  RecordInput(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.position = from;
    this.end = to;
  }

  byte[] bytes() {
    return bytes;
  }

  int position() {
    return position;
  }

  void position(int at) {
    position = at;
  }

  long readLong() throws IOException {
    long folded = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (position >= end) {
        throw cut();
      }
      byte next = bytes[position++];
      folded |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return (folded >>> 1) ^ -(folded & 1);
      }
    }
    throw new IOException("a number has more than ten bytes");
  }

  int readInt() throws IOException {
    long number = readLong();
    if (number != (int) number) {
      throw new IOException("a number is out of range");
    }
    return (int) number;
  }

  boolean readBoolean() throws IOException {
    return bytes[advance(1)] == 1;
  }

  String readString() throws IOException {
    int length = readLength();
    return new String(bytes, advance(length), length, StandardCharsets.UTF_8);
  }

  /** The length in front of bytes, an amount or a text; never more than there is. */
  int readLength() throws IOException {
    long length = readLong();
    if (length < 0 || length > end - position) {
      throw cut();
    }
    return (int) length;
  }

  /**
   * Passes over bytes.
   *
   * @return where they begin
   */
  int advance(int length) throws IOException {
    if (length > end - position) {
      throw cut();
    }
    int from = position;
    position += length;
    return from;
  }

  private static IOException cut() {
    return new EOFException("the record is cut off");
  }
}
