package io.dualtrack.gateway.http;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.BufferUtil;

/**
 * Notices callers that leave while they wait for their answer.
 *
 * <p>HTTP/2 tells of it. Of an HTTP/1.1 connection nothing is read between a request and its
 * answer, so its end is not seen; it is looked for now and then, and what is found in its place,
 * the beginning of a next request, is put where the server will look for it. That is safe only
 * while the answer has not begun: {@link Waiting#over} ends it.
 */
final class CallerWatch implements AutoCloseable {

  static final Duration EVERY = Duration.ofMillis(250);

  private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService looks =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "caller-watch");
            thread.setDaemon(true);
            return thread;
          });

  private volatile long rounds;

  CallerWatch(Duration every) {
    looks.scheduleWithFixedDelay(
        this::look, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    waiting.forEach(Waiting::look);
    rounds = rounds + 1;
  }

  /** How often it was looked. */
  long rounds() {
    return rounds;
  }

  /**
   * Begins to watch a call whose body was read to its end.
   *
   * @param onLeft told once, at most
   * @return to be run before the answer begins
   */
  Runnable watch(HttpServletRequest call, Runnable onLeft) {
    Request request = ServletContextRequest.getServletContextRequest(call);
    Waiting added =
        new Waiting(
            request.getConnectionMetaData().getConnection() instanceof HttpConnection http
                ? http
                : null,
            onLeft);
    request.addFailureListener(failure -> added.left());
    if (added.connection != null) {
      waiting.add(added);
    }
    return added::over;
  }

  private final class Waiting {
    /** Null where the protocol tells by itself. */
    private final HttpConnection connection;

    private final Runnable onLeft;
    private boolean over;

    Waiting(HttpConnection connection, Runnable onLeft) {
      this.connection = connection;
      this.onLeft = onLeft;
    }

    synchronized void over() {
      over = true;
      waiting.remove(this);
    }

    void left() {
      synchronized (this) {
        if (over) {
          return;
        }
        over();
      }
      onLeft.run();
    }

    private void look() {
      if (gone()) {
        left();
      }
    }

    private synchronized boolean gone() {
      // A next request that is there already can wait; who sends one is there.
      if (over || !connection.isRequestBufferEmpty()) {
        return false;
      }
      ByteBuffer found = BufferUtil.allocate(1);
      try {
        int count = connection.getEndPoint().fill(found);
        if (count > 0) {
          connection.onUpgradeTo(found);
        }
        return count < 0;
      } catch (IOException e) {
        return true;
      }
    }
  }

  @Override
  public void close() {
    looks.shutdownNow();
  }
}
