package io.dualtrack.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Passes bytes on between a port and another one on loopback, until it is cut. What was cut neither
 * answers nor ends, as behind a cable that was pulled: connections stay, bytes wait in them, and go
 * on when the wire is mended, however late; a new connection is taken and hears nothing.
 */
final class Wire implements AutoCloseable {

  private static final int BUFFER_BYTES = 64 * 1024;

  private final ServerSocket server;
  private final InetSocketAddress behind;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private boolean cut;
  private volatile boolean closed;

  private Wire(ServerSocket server, InetSocketAddress behind) {
    this.server = server;
    this.behind = behind;
  }

  /**
   * @param port 0 for a free one
   * @param behind port that bytes go on to; nobody needs to listen there yet
   */
  static Wire open(int port, int behind) {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try {
      ServerSocket server = new ServerSocket();
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(loopback, port));
      Wire wire = new Wire(server, new InetSocketAddress(loopback, behind));
      start("wire " + server.getLocalPort(), wire::accept);
      return wire;
    } catch (IOException e) {
      throw new UncheckedIOException("no wire can be opened at port " + port, e);
    }
  }

  int port() {
    return server.getLocalPort();
  }

  /** Nothing goes through from now on. */
  synchronized void cut() {
    cut = true;
  }

  /** Everything goes through again, what waited first. */
  synchronized void mend() {
    cut = false;
    notifyAll();
  }

  /** Ends every connection that there is, as a firewall does that was started again. */
  void reset() {
    open.forEach(Wire::end);
  }

  private synchronized void awaitWhole() throws InterruptedException {
    while (cut && !closed) {
      wait();
    }
  }

  private void accept() {
    while (!closed) {
      try {
        Socket near = server.accept();
        open.add(near);
        start("wire " + port(), () -> connect(near));
      } catch (IOException e) {
        if (!closed) {
          throw new UncheckedIOException("a wire cannot take connections any more", e);
        }
      }
    }
  }

  private void connect(Socket near) {
    Socket far = new Socket();
    open.add(far);
    try {
      awaitWhole();
      far.connect(behind);
      near.setTcpNoDelay(true);
      far.setTcpNoDelay(true);
      start("wire back " + port(), () -> pass(far, near));
      pass(near, far);
    } catch (IOException e) {
      // Nobody listens behind: whoever came sees what it would have seen there.
      discard(near, far);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      discard(near, far);
    }
  }

  private void discard(Socket... sockets) {
    for (Socket socket : sockets) {
      open.remove(socket);
      end(socket);
    }
  }

  /** One direction, until either end is over. */
  private void pass(Socket from, Socket to) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        awaitWhole();
        out.write(buffer, 0, read);
      }
      awaitWhole();
    } catch (IOException e) {
      // An end went away; the other one hears of it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException("a connection cannot be ended", e);
    }
  }

  private static void start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    closed = true;
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException("a wire cannot be closed", e);
    }
    mend();
    reset();
  }
}
