package io.dualtrack.inference.adapter.stream;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Takes a body apart into server-sent events (WHATWG HTML, 9.2) as it arrives. Fields other than
 * {@code event} and {@code data} mean nothing to the providers' dialects.
 */
public final class ServerSentEvents implements Framing {

  private static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] EVENT = "event".getBytes(StandardCharsets.US_ASCII);

  /** Grows to the longest line and shows its buffer, so that lines are not copied to be read. */
  private static final class Line extends ByteArrayOutputStream {
    byte[] bytes() {
      return buf;
    }
  }

  private final Sink sink;
  private final Line line = new Line();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private String event = "";
  private boolean hasData;
  private boolean afterReturn;

  public ServerSentEvents(Sink sink) {
    this.sink = sink;
  }

  @Override
  public void accept(ByteBuffer bytes) {
    byte[] block = new byte[bytes.remaining()];
    bytes.get(block);
    int begin = 0;
    for (int i = 0; i < block.length; i++) {
      byte next = block[i];
      if (next != '\n' && next != '\r') {
        afterReturn = false;
        continue;
      }
      boolean secondOfTwo = next == '\n' && afterReturn;
      afterReturn = next == '\r';
      if (!secondOfTwo) {
        line.write(block, begin, i - begin);
        endOfLine();
        line.reset();
      }
      begin = i + 1;
    }
    line.write(block, begin, block.length - begin);
  }

  @Override
  public int pending() {
    return line.size() + data.size();
  }

  private void endOfLine() {
    if (line.size() == 0) {
      if (hasData) {
        sink.event(event, data.toByteArray());
      }
      data.reset();
      hasData = false;
      event = "";
      return;
    }
    byte[] bytes = line.bytes();
    int colon = 0;
    while (colon < line.size() && bytes[colon] != ':') {
      colon++;
    }
    int value = Math.min(line.size(), colon + 1);
    if (value < line.size() && bytes[value] == ' ') {
      value++;
    }
    if (is(DATA, bytes, colon)) {
      if (hasData) {
        data.write('\n');
      }
      hasData = true;
      data.write(bytes, value, line.size() - value);
    } else if (is(EVENT, bytes, colon)) {
      event = new String(bytes, value, line.size() - value, StandardCharsets.UTF_8);
    }
  }

  private static boolean is(byte[] name, byte[] bytes, int length) {
    if (length != name.length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (bytes[i] != name[i]) {
        return false;
      }
    }
    return true;
  }
}
