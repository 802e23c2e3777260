package io.dualtrack.inference.adapter.bedrock;

import io.dualtrack.inference.adapter.stream.Framing;
import java.nio.ByteBuffer;
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;
import software.amazon.eventstream.MessageDecoder;

/** AWS's binary events. An exception among them is an event named by {@link #EXCEPTION}. */
final class AwsFrames implements Framing {

  /** Before the kind of an exception. */
  static final String EXCEPTION = "exception:";

  private final Sink sink;
  private final MessageDecoder decoder = new MessageDecoder(this::take);
  private int pending;

  AwsFrames(Sink sink) {
    this.sink = sink;
  }

  @Override
  public void accept(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    pending += copy.length;
    decoder.feed(copy);
  }

  private void take(Message message) {
    pending = 0;
    String kind = header(message, ":message-type");
    String type =
        kind.equals("event")
            ? header(message, ":event-type")
            : EXCEPTION + header(message, ":exception-type") + header(message, ":error-code");
    sink.event(type, message.getPayload());
  }

  private static String header(Message message, String name) {
    HeaderValue value = message.getHeaders().get(name);
    return value == null ? "" : value.getString();
  }

  @Override
  public int pending() {
    return pending;
  }
}
