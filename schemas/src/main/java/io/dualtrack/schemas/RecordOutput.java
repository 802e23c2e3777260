package io.dualtrack.schemas;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Avro's binary encoding into an array that grows. Avro's own encoder writes to streams, through a
 * buffer of its own; what we write is wanted as an array.
 *
 * <p>Not for several threads at once.
 */
public final class RecordOutput {

  private static final int LONGEST_NUMBER = 10;

  /** Every number of so many decimal digits is a long. */
  private static final int DIGITS_OF_LONG = 18;

  private static final int USUAL_BYTES = 512;

  /** The JVM encodes a longer text faster at once, its array included. */
  private static final int LONGEST_BY_CHARACTER = 128;

  /** A larger array is not kept for the next record. */
  private static final int MOST_KEPT_BYTES = 64 * 1024;

  private byte[] bytes = new byte[USUAL_BYTES];
  private int length;

  /** The amount before, and where its encoding begins and ends. */
  private BigDecimal lastAmount;

  private int lastScale;
  private int lastPrecision;
  private int lastFrom;
  private int lastTo;

  /** Begins anew. */
  public void clear() {
    length = 0;
    lastAmount = null;
    if (bytes.length > MOST_KEPT_BYTES) {
      bytes = new byte[USUAL_BYTES];
    }
  }

  /** Bytes that were written. */
  public int length() {
    return length;
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  /** What was written from a place on. */
  public byte[] toByteArray(int from) {
    return Arrays.copyOfRange(bytes, from, length);
  }

  /** The array that is written to; only the first {@link #length} bytes of it count. */
  public byte[] array() {
    return bytes;
  }

  private void reserve(int more) {
    if (more > bytes.length - length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(length, more)));
    }
  }

  /** One byte that is no part of a record's encoding. */
  public void writeByte(int value) {
    reserve(1);
    bytes[length++] = (byte) value;
  }

  /** Bytes as they are. */
  public void write(byte[] source, int from, int count) {
    reserve(count);
    System.arraycopy(source, from, bytes, length, count);
    length += count;
  }

  /** An int or a long, an enum's ordinal, a union's branch. */
  public void writeLong(long number) {
    long folded = (number << 1) ^ (number >> 63);
    if ((folded & ~0x7FL) == 0) {
      writeByte((int) folded);
    } else {
      writeLarge(folded);
    }
  }

  private void writeLarge(long folded) {
    reserve(LONGEST_NUMBER);
    byte[] target = bytes;
    int at = length;
    long rest = folded;
    while ((rest & ~0x7FL) != 0) {
      target[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    target[at++] = (byte) rest;
    length = at;
  }

  public void writeBoolean(boolean value) {
    writeByte(value ? 1 : 0);
  }

  /** In UTF-8. Most short texts are ASCII, and then need no array of their own. */
  public void writeString(String text) {
    int begin = length;
    int size = text.length();
    if (size > LONGEST_BY_CHARACTER) {
      writeBytes(text.getBytes(StandardCharsets.UTF_8));
      return;
    }
    writeLong(size);
    reserve(size);
    byte[] target = bytes;
    int at = length;
    for (int i = 0; i < size; i++) {
      char each = text.charAt(i);
      if (each >= 0x80) {
        length = begin;
        writeBytes(text.getBytes(StandardCharsets.UTF_8));
        return;
      }
      target[at + i] = (byte) each;
    }
    length = at + size;
  }

  /** Bytes with their length before them. */
  public void writeBytes(byte[] value) {
    writeLong(value.length);
    write(value, 0, value.length);
  }

  /** A number of bytes, the least significant first. */
  void writeFixed(long bits, int count) {
    for (int i = 0; i < count; i++) {
      writeByte((int) (bits >>> Byte.SIZE * i));
    }
  }

  /**
   * An amount of a field. Without a discount the costs of a row are one object: what is the same
   * object as the amount before is copied.
   *
   * @throws ArithmeticException if it has more digits than the field, before or behind the point
   */
  @SuppressWarnings("ReferenceEquality")
  public void writeDecimal(BigDecimal value, int scale, int precision) {
    if (value == lastAmount && scale == lastScale && precision == lastPrecision) {
      write(bytes, lastFrom, lastTo - lastFrom);
      return;
    }
    if (value.signum() == 0) {
      writeLong(1);
      writeByte(0);
      return;
    }
    int from = length;
    writeNonZero(value, scale, precision);
    lastAmount = value;
    lastScale = scale;
    lastPrecision = precision;
    lastFrom = from;
    lastTo = length;
  }

  private void writeNonZero(BigDecimal value, int scale, int precision) {
    BigDecimal scaled = value.scale() == scale ? value : value.setScale(scale);
    int digits = scaled.precision();
    if (digits > precision) {
      throw new ArithmeticException("%d digits are more than %d".formatted(digits, precision));
    }
    if (digits <= DIGITS_OF_LONG) {
      // A decimal that fits holds its digits as a long, but gives them out as a BigInteger only.
      writeShort(scaled.scaleByPowerOfTen(scale).longValue());
      return;
    }
    BigInteger unscaled = scaled.unscaledValue();
    if (unscaled.bitLength() < Long.SIZE) {
      writeShort(unscaled.longValue());
    } else {
      writeBytes(unscaled.toByteArray());
    }
  }

  /** As few bytes as {@link BigInteger#toByteArray} has. */
  private void writeShort(long unscaled) {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(unscaled < 0 ? ~unscaled : unscaled);
    int count = bits / Byte.SIZE + 1;
    writeLong(count);
    reserve(count);
    for (int shift = Byte.SIZE * (count - 1); shift >= 0; shift -= Byte.SIZE) {
      bytes[length++] = (byte) (unscaled >> shift);
    }
  }
}
