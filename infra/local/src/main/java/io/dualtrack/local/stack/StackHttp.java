package io.dualtrack.local.stack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.util.JavalinBindException;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The stack's own HTTP on loopback: {@code /healthz}, {@code /readyz}, {@code /metrics}, {@code
 * /stack}.
 */
final class StackHttp implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Javalin server;

  private StackHttp(Javalin server) {
    this.server = server;
  }

  /**
   * @param parts each part and whether it is ready; asked at every call of {@code /readyz}
   * @param address empty until it is known
   * @throws StackFailure if the port is in use
   */
  static StackHttp start(
      int port,
      PrometheusMeterRegistry meters,
      Supplier<Map<String, Boolean>> parts,
      Supplier<Optional<StackAddress>> address) {
    Javalin server =
        Javalin.create(
            config -> {
              config.startup.showJavalinBanner = false;
              config.startup.showOldJavalinVersionWarning = false;
              config.startup.startupWatcherEnabled = false;
              config.jetty.threadPool = new QueuedThreadPool(12, 2);
              config.routes.get("/healthz", context -> json(context, 200, "{\"alive\":true}"));
              config.routes.get("/readyz", context -> ready(context, parts.get()));
              config.routes.get(
                  "/metrics",
                  context ->
                      context
                          .contentType("text/plain; version=0.0.4; charset=utf-8")
                          .result(meters.scrape()));
              config.routes.get("/stack", context -> stack(context, address.get()));
            });
    try {
      return new StackHttp(server.start("127.0.0.1", port));
    } catch (JavalinBindException e) {
      throw Ports.inUse("stack's HTTP", "--port", port, e);
    }
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  @Override
  public void close() {
    server.stop();
  }

  private static void ready(Context context, Map<String, Boolean> parts)
      throws JsonProcessingException {
    boolean all = !parts.isEmpty() && !parts.containsValue(false);
    json(context, all ? 200 : 503, JSON.writeValueAsString(Map.of("ready", all, "parts", parts)));
  }

  private static void stack(Context context, Optional<StackAddress> address) {
    if (address.isPresent()) {
      context.contentType("application/json").result(address.get().toJson());
    } else {
      json(context, 503, "{\"error\":\"the stack is starting\"}");
    }
  }

  private static void json(Context context, int status, String body) {
    context.status(status).contentType("application/json").result(body);
  }
}
