package io.dualtrack.gateway.http;

import io.javalin.http.Context;

/** What anybody may GET who reaches the server, whether it is ready or not. */
public interface OpenEndpoint {

  String path();

  void answer(Context context);
}
