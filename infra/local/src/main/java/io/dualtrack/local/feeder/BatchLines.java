package io.dualtrack.local.feeder;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** The lines of a file, one at a time; of a line beyond the limit only its beginning is kept. */
final class BatchLines implements Closeable {

  private static final int BUFFER_BYTES = 256 * 1024;
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  /**
   * A line without its line end.
   *
   * @param number 1-based
   * @param bytes the whole line, or its beginning where it is longer than the limit
   * @param length bytes of the whole line
   */
  record Line(long number, byte[] bytes, long length) {

    boolean cut() {
      return length > bytes.length;
    }

    boolean blank() {
      for (byte b : bytes) {
        if (b != ' ' && b != '\t' && b != '\r') {
          return false;
        }
      }
      return !cut();
    }

    // Arrays have no value of their own; two lines are one only if they are the same object.
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(number);
    }
  }

  private final InputStream in;
  private final int limit;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int filled;
  private long number;

  /**
   * @param limit bytes of a line that are kept at most
   */
  BatchLines(InputStream in, int limit) {
    this.in = in;
    this.limit = limit;
  }

  static BatchLines open(Path file, int limit) throws IOException {
    return new BatchLines(Files.newInputStream(file), limit);
  }

  /** The next line; nothing at the end of the file. */
  Optional<Line> next() throws IOException {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
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
    return Optional.of(line(kept.toByteArray(), length));
  }

  private Line line(byte[] bytes, long length) {
    if (number == 1 && startsWithByteOrderMark(bytes)) {
      int mark = BYTE_ORDER_MARK.length;
      return new Line(number, Arrays.copyOfRange(bytes, mark, bytes.length), length - mark);
    }
    return new Line(number, bytes, length);
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
