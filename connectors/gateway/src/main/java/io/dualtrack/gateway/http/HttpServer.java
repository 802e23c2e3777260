package io.dualtrack.gateway.http;

import io.dualtrack.gateway.GatewayConfig;
import io.dualtrack.gateway.access.AccessControl;
import io.dualtrack.gateway.access.Caller;
import io.dualtrack.gateway.access.Sessions;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.error.ApiException;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.TenantLimits;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** The HTTP side of a gateway: what is the same for every endpoint. */
public final class HttpServer implements AutoCloseable {

  private static final int THREADS = 64;
  private static final int IDLE_THREADS = 8;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final Javalin server;
  private final CallerWatch watch;
  private final GatewayConfig config;

  private HttpServer(Javalin server, CallerWatch watch, GatewayConfig config) {
    this.server = server;
    this.watch = watch;
    this.config = config;
  }

  /**
   * Listens; endpoints answer 503 until {@code ready}.
   *
   * @param endpoints adds the endpoints
   * @throws io.javalin.util.JavalinBindException if the port is in use
   */
  public static HttpServer start(
      GatewayConfig config,
      AccessControl access,
      BooleanSupplier ready,
      List<OpenEndpoint> open,
      Consumer<Routes> endpoints,
      MeterRegistry meters) {
    Drain drain = new Drain();
    Connectors connectors = new Connectors(config, drain);
    Faults faults = new Faults();
    CallMeters calls = new CallMeters(meters);
    CallerWatch watch = new CallerWatch(CallerWatch.EVERY);
    Javalin server =
        Javalin.create(
            javalin -> {
              quiet(javalin);
              QueuedThreadPool threads = new QueuedThreadPool(THREADS, IDLE_THREADS);
              threads.setName("http");
              javalin.jetty.threadPool = threads;
              javalin.jetty.modifyServer(
                  jetty -> {
                    jetty.setHandler(drain);
                    jetty.setErrorHandler(faults);
                    jetty.setStopTimeout(config.drain().toMillis());
                  });
              javalin.jetty.modifyServletContextHandler(context -> context.setErrorHandler(faults));
              javalin.jetty.addConnector(connectors::create);
              javalin.http.asyncTimeout = 0;
              // A download says its length before it is sent.
              javalin.http.compressionStrategy = CompressionStrategy.NONE;
              javalin.http.prefer405over404 = true;
              javalin.requestLogger.http(
                  (context, millis) -> calls.answered(context, millis.doubleValue()));
              faults.map(javalin.routes);
              Stream.concat(open.stream(), Stream.of(ApiDocument.route()))
                  .forEach(
                      route ->
                          javalin.routes.addEndpoint(
                              new Endpoint(HandlerType.GET, route.path(), route::answer)));
              ClientAddress addresses = new ClientAddress(config.trustedProxies());
              endpoints.accept(
                  (method, path, scope, body, handler) ->
                      javalin.routes.addEndpoint(
                          new Endpoint(
                              method,
                              path,
                              context -> {
                                requireReady(ready);
                                Caller caller = admit(access, context, method, scope);
                                handler.handle(
                                    new Call(
                                        context,
                                        caller,
                                        CallId.of(context),
                                        addresses.of(context),
                                        bounded(context, caller, body, config),
                                        watch));
                              })));
            });
    return new HttpServer(server.start(), watch, config);
  }

  private static void quiet(JavalinConfig javalin) {
    javalin.startup.showJavalinBanner = false;
    javalin.startup.showOldJavalinVersionWarning = false;
    javalin.startup.startupWatcherEnabled = false;
  }

  private static void requireReady(BooleanSupplier ready) {
    if (!ready.getAsBoolean()) {
      throw ApiError.unavailable("The gateway is not ready yet.", RETRY_AFTER).toException();
    }
  }

  /** A key counts before a session: whoever shows one means it. */
  private static Caller admit(
      AccessControl access, Context context, HandlerType method, AccessScope scope) {
    String authorization = context.header("Authorization");
    String apiKey = context.header("x-api-key");
    String session = context.cookie(Sessions.COOKIE);
    if (authorization == null && apiKey == null && session != null) {
      return access.admitSession(
          session, context.header(Sessions.CSRF_HEADER), method != HandlerType.GET, scope);
    }
    return access.admit(authorization, apiKey, scope);
  }

  private static BoundedBody bounded(
      Context context, Caller caller, Body body, GatewayConfig config) {
    String encoding = context.header("Content-Encoding");
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new ApiException(
          new ApiError(
              415,
              "invalid_request_error",
              "unsupported_content_encoding",
              null,
              "Send the body as it is, without a Content-Encoding.",
              null));
    }
    long limit =
        body.ofTenant()
            ? caller.limit(TenantLimits::getMaxBodyBytes, body.maxBytes())
            : body.maxBytes();
    if (context.req().getContentLengthLong() > limit) {
      throw ApiError.tooLarge(limit).toException();
    }
    return new BoundedBody(
        context.req(), limit, config.requestTimeout(), config.minBytesPerSecond());
  }

  /** Where it listens. */
  public URI uri() {
    return URI.create(
        "%s://%s:%d"
            .formatted(config.tls() == null ? "http" : "https", config.host(), server.port()));
  }

  /** Takes no new call, and waits as long as the configured drain for those that are out. */
  @Override
  public void close() {
    server.stop();
    watch.close();
  }
}
