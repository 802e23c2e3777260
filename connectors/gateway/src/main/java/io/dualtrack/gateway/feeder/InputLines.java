package io.dualtrack.gateway.feeder;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/** The lines of an input, one at a time; of a line beyond the limit only its beginning is kept. */
public final class InputLines implements Closeable {

  private static final int BUFFER_BYTES = 64 * 1024;
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  /** A line without its line end. */
  public static final class Line {
    private final long number;
    private final byte[] bytes;
    private final boolean cut;
    private final long end;

    Line(long number, byte[] bytes, boolean cut, long end) {
      this.number = number;
      this.bytes = bytes;
      this.cut = cut;
      this.end = end;
    }

    /** 1-based. */
    public long number() {
      return number;
    }

    /** Of a line that is cut, only its beginning. Not to be changed. */
    public byte[] bytes() {
      return bytes;
    }

    /** Whether the line is longer than what is kept of it. */
    boolean cut() {
      return cut;
    }

    /** Where the next line begins in the input. */
    public long end() {
      return end;
    }

    public boolean blank() {
      if (cut) {
        return false;
      }
      for (byte b : bytes) {
        if (b != ' ' && b != '\t' && b != '\r') {
          return false;
        }
      }
      return true;
    }
  }

  private final InputStream in;
  private final int limit;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int filled;
  private long number;
  private long offset;

  /**
   * @param in begins at line {@code firstNumber}; closed with this
   * @param offset of that line in the input
   * @param limit bytes of a line that are kept at most
   */
  public InputLines(InputStream in, long firstNumber, long offset, int limit) {
    this.in = in;
    this.number = firstNumber - 1;
    this.offset = offset;
    this.limit = limit;
  }

  /** The next line; nothing at the end of the input. */
  public Optional<Line> next() throws IOException {
    ByteArrayOutputStream kept = new ByteArrayOutputStream(1024);
    long length = 0;
    boolean ended = false;
    while (!ended) {
      if (position == filled && !fill()) {
        if (length == 0) {
          return Optional.empty();
        }
        break;
      }
      int end = position;
      while (end < filled && buffer[end] != '\n') {
        end++;
      }
      ended = end < filled;
      int part = end - position;
      kept.write(buffer, position, Math.min(part, limit - kept.size()));
      length += part;
      position = ended ? end + 1 : end;
    }
    number++;
    offset += length + (ended ? 1 : 0);
    byte[] bytes = kept.toByteArray();
    boolean cut = length > bytes.length;
    if (number == 1 && startsWithByteOrderMark(bytes)) {
      bytes = Arrays.copyOfRange(bytes, BYTE_ORDER_MARK.length, bytes.length);
    }
    return Optional.of(new Line(number, bytes, cut, offset));
  }

  private static boolean startsWithByteOrderMark(byte[] bytes) {
    return bytes.length >= BYTE_ORDER_MARK.length
        && Arrays.equals(bytes, 0, BYTE_ORDER_MARK.length, BYTE_ORDER_MARK, 0, 3);
  }

  private boolean fill() throws IOException {
    position = 0;
    filled = Math.max(0, in.read(buffer));
    return filled > 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
