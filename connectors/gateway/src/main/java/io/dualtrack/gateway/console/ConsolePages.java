package io.dualtrack.gateway.console;

import io.dualtrack.gateway.http.OpenRoute;
import io.dualtrack.gateway.http.OpenRoute.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The files of the console, served as they were built: they say nothing of any deployment, so that
 * anybody may read them.
 */
public final class ConsolePages {

  private static final String FOLDER = "/io/dualtrack/gateway/console/";

  /** Written by the build: one path a line. */
  private static final String LIST = "files.txt";

  private static final String INDEX = "index.html";

  /** Nothing from anywhere else, no script or style in the page itself, nobody frames it. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'";

  private static final String MISSING =
      "<!doctype html><html lang=\"en\"><title>Dualtrack</title><p>This gateway was built on a"
          + " machine without Node.js, and so without the console. Build it again where node and npm"
          + " are installed.</p></html>";

  private ConsolePages() {}

  public static List<OpenRoute> routes() {
    List<OpenRoute> routes = new ArrayList<>();
    List<String> files = list();
    for (String file : files) {
      if (!file.equals(INDEX)) {
        routes.add(
            route("/console/" + file, type(file), read(file), "max-age=31536000, immutable"));
      }
    }
    byte[] index = files.contains(INDEX) ? read(INDEX) : MISSING.getBytes(StandardCharsets.UTF_8);
    routes.add(route("/console", type(INDEX), index, "no-cache"));
    return routes;
  }

  private static OpenRoute route(String path, String type, byte[] body, String caching) {
    Answer answer =
        new Answer(
            200,
            type,
            body,
            Map.of(
                "Content-Security-Policy", POLICY,
                "X-Content-Type-Options", "nosniff",
                "Referrer-Policy", "no-referrer",
                "Cross-Origin-Opener-Policy", "same-origin",
                "Cross-Origin-Resource-Policy", "same-origin",
                "Cache-Control", caching));
    return new OpenRoute(path, () -> answer);
  }

  private static List<String> list() {
    if (ConsolePages.class.getResource(FOLDER + LIST) == null) {
      return List.of();
    }
    return new String(read(LIST), StandardCharsets.UTF_8)
        .lines()
        .filter(s -> !s.isBlank())
        .toList();
  }

  private static byte[] read(String file) {
    try (InputStream in = ConsolePages.class.getResourceAsStream(FOLDER + file)) {
      if (in == null) {
        throw new IllegalStateException("the console's " + file + " is missing in the jar");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String type(String file) {
    String ending = file.substring(file.lastIndexOf('.') + 1);
    return switch (ending) {
      case "html" -> "text/html; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> "application/octet-stream";
    };
  }
}
