package io.dualtrack.gateway.http;

import io.dualtrack.gateway.http.OpenRoute.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The OpenAPI document, served as it is shipped. */
final class ApiDocument {

  private static final String RESOURCE = "/io/dualtrack/gateway/openapi.yaml";

  private ApiDocument() {}

  static OpenRoute route() {
    byte[] text = read();
    return new OpenRoute("/openapi.yaml", () -> new Answer(200, "application/yaml", text));
  }

  private static byte[] read() {
    try (InputStream in = ApiDocument.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing in the jar");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
