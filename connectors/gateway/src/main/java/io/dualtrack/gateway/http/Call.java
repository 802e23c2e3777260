package io.dualtrack.gateway.http;

import io.dualtrack.gateway.access.Caller;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;

/** One call of an endpoint. */
public final class Call {

  private final Context http;
  private final Caller caller;
  private final String id;
  private final String clientAddress;
  private final InputStream body;
  private final CallerWatch watch;

  Call(
      Context http,
      Caller caller,
      String id,
      String clientAddress,
      InputStream body,
      CallerWatch watch) {
    this.http = http;
    this.caller = caller;
    this.id = id;
    this.clientAddress = clientAddress;
    this.body = body;
    this.watch = watch;
  }

  /** For everything but the body: that is bounded here. */
  public Context http() {
    return http;
  }

  public Caller caller() {
    return caller;
  }

  /** Id of this call, which the caller finds as {@code x-request-id}. */
  public String id() {
    return id;
  }

  /** Address that the call came from, behind the proxies that are trusted. */
  public String clientAddress() {
    return clientAddress;
  }

  /**
   * The body as it arrives. Reading more than the endpoint takes throws an {@link
   * io.dualtrack.gateway.error.ApiException} with 413.
   */
  public InputStream body() {
    return body;
  }

  /**
   * Begins to watch whether the caller is still there. The body must have been read.
   *
   * @param onLeft told once, at most
   * @return to be run before the answer begins
   */
  public Runnable watch(Runnable onLeft) {
    return watch.watch(http.req(), onLeft);
  }

  /** The whole body. */
  public byte[] bodyBytes() throws IOException {
    return body.readAllBytes();
  }
}
