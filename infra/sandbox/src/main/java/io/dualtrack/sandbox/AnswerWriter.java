package io.dualtrack.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Writes one answer to a connection, whole, as a stream, or broken in the way that is asked for.
 */
final class AnswerWriter {

  private static final long HALF_BODY_PAUSE_MS = 1_500;
  private static final String HTML = "<!DOCTYPE html><html><body>Please sign in.</body></html>";

  private final ChannelHandlerContext context;
  private final boolean keepAlive;
  private final Runnable onDone;

  /**
   * @param onDone called when the connection is free for the next call
   */
  AnswerWriter(ChannelHandlerContext context, boolean keepAlive, Runnable onDone) {
    this.context = context;
    this.keepAlive = keepAlive;
    this.onDone = onDone;
  }

  void whole(int status, String contentType, Map<String, String> headers, byte[] body) {
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(body));
    head(response, contentType);
    headers.forEach((name, value) -> response.headers().set(name, value));
    response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
    var written = context.writeAndFlush(response);
    if (keepAlive) {
      onDone.run();
    } else {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  private void head(HttpResponse response, String contentType) {
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, contentType)
        .set(HttpHeaderNames.SERVER, "dualtrack-sandbox");
    if (!keepAlive) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
  }

  /** A stream, with a pause between its parts. */
  void stream(Dialect.Body body, long pauseMs, Runnable onLast) {
    begin(body.contentType());
    next(body.parts(), 0, pauseMs, onLast);
  }

  private void begin(String contentType) {
    HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head(response, contentType);
    response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    context.write(response);
  }

  private void next(List<byte[]> parts, int at, long pauseMs, Runnable onLast) {
    if (!context.channel().isActive()) {
      return;
    }
    if (pauseMs == 0) {
      // What is there at once leaves in one piece, as it would from a provider that answers so
      // fast.
      byte[][] rest = parts.subList(at, parts.size()).toArray(byte[][]::new);
      context.write(new DefaultHttpContent(Unpooled.wrappedBuffer(rest)));
    } else if (at < parts.size()) {
      context.write(new DefaultHttpContent(Unpooled.wrappedBuffer(parts.get(at))));
      if (at + 1 < parts.size()) {
        context.flush();
        context
            .executor()
            .schedule(() -> next(parts, at + 1, pauseMs, onLast), pauseMs, TimeUnit.MILLISECONDS);
        return;
      }
    }
    onLast.run();
    var written = context.writeAndFlush(new DefaultLastHttpContent());
    if (keepAlive) {
      onDone.run();
    } else {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** An answer that is broken; whatever it is, the connection is of no use afterwards. */
  void broken(Fault fault, Dialect.Call call, Dialect.Body body) {
    boolean stream = body.parts().size() > 1 || call.streamed();
    switch (fault) {
      case RESET -> reset();
      case CONTENT_TYPE -> whole(200, "text/html; charset=utf-8", Map.of(), HTML.getBytes(UTF_8));
      case MALFORMED -> malformed(stream, body);
      case TRUNCATED, ERROR_EVENT, HALF_BODY, STALL -> half(fault, stream, call, body);
      case STATUS, HANG -> throw new IllegalArgumentException(fault + " writes no broken answer");
    }
  }

  /** The connection is reset in place of an answer. */
  void reset() {
    context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
    context.close();
  }

  private void malformed(boolean stream, Dialect.Body body) {
    byte[] first = body.parts().get(0).clone();
    // Somewhere in the middle of the JSON, without changing any length.
    first[first.length / 2] = '\u0001';
    if (!stream) {
      whole(200, body.contentType(), Map.of(), first);
      return;
    }
    List<byte[]> parts = new java.util.ArrayList<>(body.parts());
    parts.set(0, first);
    stream(new Dialect.Body(body.contentType(), parts), 0, () -> {});
  }

  private void half(Fault fault, boolean stream, Dialect.Call call, Dialect.Body body) {
    if (stream) {
      begin(body.contentType());
      List<byte[]> half = body.parts().subList(0, Math.max(1, body.parts().size() / 2));
      half.forEach(part -> context.write(new DefaultHttpContent(Unpooled.wrappedBuffer(part))));
      if (fault == Fault.ERROR_EVENT) {
        context.write(new DefaultHttpContent(Unpooled.wrappedBuffer(call.errorEvent())));
      }
      if (fault == Fault.TRUNCATED || fault == Fault.ERROR_EVENT) {
        context.writeAndFlush(new DefaultLastHttpContent());
        onDone.run();
        return;
      }
    } else {
      byte[] whole = body.parts().get(0);
      HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
      head(response, body.contentType());
      response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, whole.length);
      context.write(response);
      context.write(new DefaultHttpContent(Unpooled.wrappedBuffer(whole, 0, whole.length / 2)));
    }
    var written = context.writeAndFlush(new DefaultHttpContent(Unpooled.EMPTY_BUFFER));
    if (fault != Fault.STALL) {
      // Not at once: a client that gets data and the end together may not look at the data.
      written.addListener(
          done ->
              context
                  .executor()
                  .schedule(() -> context.close(), HALF_BODY_PAUSE_MS, TimeUnit.MILLISECONDS));
    }
  }
}
