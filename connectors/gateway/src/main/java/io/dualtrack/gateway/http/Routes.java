package io.dualtrack.gateway.http;

import io.dualtrack.schemas.AccessScope;
import io.javalin.http.HandlerType;

/** Where parts of the gateway put their endpoints. */
public interface Routes {

  /** Answers a call whose caller is known and may make it. */
  @FunctionalInterface
  interface Handler {
    /**
     * Runs on a thread of the server, and may block while it moves bytes. What takes longer
     * completes a future: {@code call.http().future(…)}.
     *
     * @throws io.dualtrack.gateway.error.ApiException to answer with an error
     * @throws Exception for what is the gateway's own fault: the caller is told 500 and no more
     */
    void handle(Call call) throws Exception;
  }

  /**
   * @param path with {@code {name}} for parts that vary
   * @param scope that the caller's key must have; null where any key will do
   */
  void add(HandlerType method, String path, AccessScope scope, Body body, Handler handler);
}
