package io.dualtrack.gateway.http;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;

/**
 * Lets calls that are out end while the server stops, and closes the connections on which nothing
 * is. Jetty itself shortens the time after which any connection is idle, to one second: that breaks
 * off who waits for an answer or reads slowly, and with a longer time the stop would wait for
 * callers who want nothing any more.
 *
 * <p>HTTP/2 needs no help: its sessions say goodbye and end with their last stream.
 */
final class Drain extends GracefulHandler implements Connection.Listener {

  /** A connection has the end of its answer behind it by then. */
  private static final long AFTER_AN_ANSWER_MILLIS = 50;

  private final Set<HttpConnection> open = ConcurrentHashMap.newKeySet();
  private final Set<HttpConnection> answering = ConcurrentHashMap.newKeySet();

  @Override
  public void onOpened(Connection connection) {
    if (connection instanceof HttpConnection http) {
      open.add(http);
    }
  }

  @Override
  public void onClosed(Connection connection) {
    if (connection instanceof HttpConnection http) {
      open.remove(http);
    }
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (request.getConnectionMetaData().getConnection() instanceof HttpConnection http) {
      answering.add(http);
      Request.addCompletionListener(
          request,
          failure -> {
            answering.remove(http);
            if (isShutdown()) {
              getServer()
                  .getScheduler()
                  .schedule(this::closeIdle, AFTER_AN_ANSWER_MILLIS, TimeUnit.MILLISECONDS);
            }
          });
    }
    return super.handle(request, response, callback);
  }

  @Override
  public CompletableFuture<Void> shutdown() {
    CompletableFuture<Void> drained = super.shutdown();
    closeIdle();
    return drained;
  }

  private void closeIdle() {
    open.stream().filter(each -> !answering.contains(each)).forEach(HttpConnection::close);
  }
}
