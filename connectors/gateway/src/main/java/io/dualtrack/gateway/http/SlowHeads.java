package io.dualtrack.gateway.http;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Closes connections whose request's head does not end. Such a connection is never idle, since a
 * byte comes now and then, and it would be held for as long as its owner likes.
 */
final class SlowHeads implements Connection.Listener {

  private final Scheduler scheduler;
  private final Duration patience;

  SlowHeads(Scheduler scheduler, Duration patience) {
    this.scheduler = scheduler;
    this.patience = patience;
  }

  @Override
  public void onOpened(Connection connection) {
    if (connection instanceof HttpConnection http) {
      watch(http, http.getBytesIn());
    }
  }

  private void watch(HttpConnection connection, long bytesBefore) {
    long requestsBefore = connection.getMessagesIn();
    scheduler.schedule(
        () -> look(connection, requestsBefore, bytesBefore),
        patience.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  private void look(HttpConnection connection, long requestsBefore, long bytesBefore) {
    if (!connection.getEndPoint().isOpen()) {
      return;
    }
    boolean sends = connection.getBytesIn() > bytesBefore;
    boolean nothingBegun = connection.getMessagesIn() == requestsBefore;
    boolean nothingOut = connection.getMessagesIn() == connection.getMessagesOut();
    if (nothingOut && nothingBegun && (sends || requestsBefore == 0)) {
      connection.close();
    } else {
      watch(connection, connection.getBytesIn());
    }
  }
}
