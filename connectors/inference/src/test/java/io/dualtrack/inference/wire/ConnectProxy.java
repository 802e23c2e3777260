package io.dualtrack.inference.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A proxy on loopback whose tunnels all end at one port of this machine; it keeps what it sees. */
final class ConnectProxy implements AutoCloseable {

  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final ByteArrayOutputStream carried = new ByteArrayOutputStream();
  private final int target;
  private final String authorization;

  /**
   * @param authorization that callers need; null for none
   */
  ConnectProxy(int target, String authorization) throws IOException {
    this.target = target;
    this.authorization = authorization;
    threads.execute(this::accept);
  }

  String address() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  /** Heads of the requests to the proxy. */
  List<String> asked() {
    return asked;
  }

  /** What callers sent through tunnels. */
  String carried() {
    synchronized (carried) {
      return carried.toString(StandardCharsets.ISO_8859_1);
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket caller = listener.accept();
        threads.execute(() -> serve(caller));
      }
    } catch (IOException e) {
      // Closed with the test.
      threads.shutdown();
    }
  }

  private void serve(Socket caller) {
    try (caller) {
      while (true) {
        String head = head(caller.getInputStream());
        if (head.isEmpty()) {
          return;
        }
        asked.add(head);
        if (authorization == null || head.contains("Proxy-Authorization: " + authorization)) {
          say(caller, "HTTP/1.1 200 Connection established\r\n\r\n");
          tunnel(caller);
          return;
        }
        say(
            caller,
            "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n");
      }
    } catch (IOException e) {
      // One side has gone, which ends the tunnel.
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    int next;
    while (head.indexOf("\r\n\r\n") < 0 && (next = in.read()) >= 0) {
      head.append((char) next);
    }
    return head.toString();
  }

  private static void say(Socket to, String text) throws IOException {
    to.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    to.getOutputStream().flush();
  }

  private void tunnel(Socket caller) throws IOException {
    try (Socket provider = new Socket(InetAddress.getLoopbackAddress(), target)) {
      threads.execute(
          () -> {
            try {
              provider.getInputStream().transferTo(caller.getOutputStream());
            } catch (IOException e) {
              // The caller has gone.
            }
          });
      OutputStream out = provider.getOutputStream();
      byte[] buffer = new byte[8_192];
      int read;
      while ((read = caller.getInputStream().read(buffer)) >= 0) {
        synchronized (carried) {
          carried.write(buffer, 0, read);
        }
        out.write(buffer, 0, read);
        out.flush();
      }
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    threads.shutdownNow();
  }
}
