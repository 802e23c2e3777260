package io.dualtrack.gateway.http;

import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What anybody may read who reaches the server: health and the like.
 *
 * @param answer made at every call
 */
public record OpenRoute(String path, Supplier<Answer> answer) implements OpenEndpoint {

  @Override
  public void answer(Context context) {
    Answer made = answer.get();
    made.headers().forEach(context::header);
    context.status(made.status()).contentType(made.contentType()).result(made.body());
  }

  /** An answer that is in memory. */
  public record Answer(int status, String contentType, byte[] body, Map<String, String> headers) {

    public Answer(int status, String contentType, byte[] body) {
      this(status, contentType, body, Map.of());
    }

    public static Answer json(int status, String text) {
      return new Answer(status, "application/json", text.getBytes(StandardCharsets.UTF_8));
    }
  }
}
