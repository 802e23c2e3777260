package io.dualtrack.faults;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * A download whose reader stops in the middle: most of the file is still at the gateway then,
 * because the connection buffers little of it.
 */
final class SlowDownload implements AutoCloseable {

  private static final int RECEIVE_BUFFER_BYTES = 16 * 1024;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Socket socket = new Socket();
  private final InputStream in;
  private final long length;
  private long received;

  /** Asks for a file, and reads no further than the answer's head. */
  SlowDownload(URI gateway, String key, String file) throws IOException {
    socket.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
    socket.connect(new InetSocketAddress(gateway.getHost(), gateway.getPort()));
    socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
    socket
        .getOutputStream()
        .write(
            "GET /v1/files/%s/content HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer %s\r\n\r\n"
                .formatted(file, key)
                .getBytes(StandardCharsets.US_ASCII));
    in = socket.getInputStream();
    length = contentLength();
  }

  private long contentLength() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the gateway closed a download at its head");
      }
      head.append((char) next);
    }
    return head.toString()
        .lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
        .findFirst()
        .orElseThrow(() -> new IOException("the gateway does not offer the file"));
  }

  /** Bytes of the file. */
  long length() {
    return length;
  }

  /** Reads some of the file. */
  void read(long bytes) throws IOException {
    received += in.readNBytes(Math.toIntExact(bytes)).length;
  }

  /** Reads on to the end; false where that does not come. */
  boolean completes() {
    try {
      while (received < length) {
        long before = received;
        read(Math.min(length - received, RECEIVE_BUFFER_BYTES));
        if (received == before) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      // The connection was reset.
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
