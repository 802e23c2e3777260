package io.dualtrack.gateway.http;

import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.error.ApiException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * A request's body as it arrives. Refuses the byte after the last one that is taken, whatever the
 * request's head said, and a body that trickles: the idle timeout never sees one that sends a byte
 * now and then.
 */
final class BoundedBody extends InputStream {

  private final HttpServletRequest request;
  private final long limit;
  private final long graceNanos;
  private final long minBytesPerSecond;
  private final long begin = System.nanoTime();
  private InputStream in;
  private long read;

  BoundedBody(HttpServletRequest request, long limit, Duration grace, long minBytesPerSecond) {
    this.request = request;
    this.limit = limit;
    this.graceNanos = grace.toNanos();
    this.minBytesPerSecond = minBytesPerSecond;
  }

  @Override
  public int read() throws IOException {
    int next = source().read();
    if (next >= 0) {
      count(1);
    }
    return next;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int got = source().read(bytes, offset, length);
    if (got > 0) {
      count(got);
    }
    return got;
  }

  /** Opened late: a client that asks whether to go on is told so by the first read. */
  private InputStream source() throws IOException {
    if (in == null) {
      in = request.getInputStream();
    }
    return in;
  }

  private void count(long bytes) {
    read += bytes;
    if (read > limit) {
      throw ApiError.tooLarge(limit).toException();
    }
    long beyondGrace = System.nanoTime() - begin - graceNanos;
    if (beyondGrace > 0 && read < beyondGrace / 1_000_000_000.0 * minBytesPerSecond) {
      throw new ApiException(
          new ApiError(
              408,
              "invalid_request_error",
              "request_timeout",
              null,
              "The request's body arrives too slowly.",
              null));
    }
  }
}
