package io.dualtrack.gateway.http;

import io.javalin.http.Context;
import java.security.SecureRandom;
import java.util.HexFormat;

/** The id of one call of the HTTP interface; callers find it as {@code x-request-id}. */
final class CallId {

  private static final String ATTRIBUTE = "dualtrack.call";
  private static final SecureRandom RANDOM = new SecureRandom();

  private CallId() {}

  /** The same for the whole of a call; made, and put into the answer's head, where it is new. */
  static String of(Context context) {
    String known = context.attribute(ATTRIBUTE);
    if (known != null) {
      return known;
    }
    String id = next();
    context.attribute(ATTRIBUTE, id);
    context.header("x-request-id", id);
    return id;
  }

  static String next() {
    byte[] random = new byte[12];
    RANDOM.nextBytes(random);
    return "req_" + HexFormat.of().formatHex(random);
  }
}
