package io.dualtrack.gateway;

import io.dualtrack.files.BodyStore;
import io.dualtrack.files.FileStore;
import io.dualtrack.files.FileStoreConfig;
import io.dualtrack.gateway.access.AccessControl;
import io.dualtrack.gateway.access.Sessions;
import io.dualtrack.gateway.bodies.FeatureSettings;
import io.dualtrack.gateway.bodies.LargeBodies;
import io.dualtrack.gateway.console.ConsolePages;
import io.dualtrack.gateway.console.ConsoleSettings;
import io.dualtrack.gateway.control.ControlView;
import io.dualtrack.gateway.http.HttpServer;
import io.dualtrack.gateway.http.OpenEndpoint;
import io.dualtrack.gateway.http.OpenRoute;
import io.dualtrack.gateway.signin.OidcSettings;
import io.dualtrack.gateway.signin.SignInEndpoints;
import io.dualtrack.metrics.ProcessMetrics;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.tracing.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A gateway: HTTP in, requests out, results back.
 *
 * <p>It listens before what it needs is there, and answers 503 until it is.
 */
public final class GatewayService implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(GatewayService.class);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

  private final GatewayConfig config;
  private final MeterRegistry meters;
  private final KafkaClients kafka;
  private final FileStore files;
  private final ControlView control;
  private final Sessions sessions = new Sessions(InstantSource.system());
  private final ConsoleSettings console;
  private final Optional<OidcSettings> signIn;
  private final List<GatewayPart> parts;
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private final Deque<AutoCloseable> running = new ArrayDeque<>();
  private HttpServer http;
  private volatile boolean started;

  /** One that is not traced. */
  public GatewayService(
      GatewayConfig config,
      Map<String, String> environment,
      SchemaRegistry registry,
      MeterRegistry meters) {
    this(config, environment, registry, meters, Traces.off());
  }

  /**
   * @param environment for parts with settings of their own
   * @param meters where it counts; not closed
   * @param traces what it tells of each request's way; not closed
   */
  public GatewayService(
      GatewayConfig config,
      Map<String, String> environment,
      SchemaRegistry registry,
      MeterRegistry meters,
      Traces traces) {
    this.config = config;
    this.meters = meters;
    this.console = ConsoleSettings.of(config, environment);
    this.signIn = OidcSettings.of(environment);
    this.kafka = new KafkaClients(config.kafka(), meters);
    String name = "dualtrack-gateway-" + config.instance();
    this.control =
        new ControlView(
            () -> kafka.ungrouped(name + "-control"), registry, name + "-control", this::fail);
    this.files = openFiles(environment);
    LargeBodies bodies =
        new LargeBodies(new BodyStore(files), FeatureSettings.extractor(environment));
    this.parts =
        GatewayParts.of(
            new GatewayContext(
                config,
                Map.copyOf(environment),
                registry.tellingUnreadable(ProcessMetrics.unreadableTexts(meters, "gateway")),
                kafka,
                files,
                bodies,
                control,
                sessions,
                meters,
                traces,
                InstantSource.system(),
                this::fail));
  }

  /**
   * Listens, and answers what needs no tenant; endpoints answer 503 until {@link #isReady}.
   *
   * @param open what anybody may read
   * @throws io.javalin.util.JavalinBindException if the port is in use
   */
  public synchronized void listen(List<OpenRoute> open) {
    http =
        HttpServer.start(
            config,
            new AccessControl(control::snapshot, sessions),
            this::isReady,
            Stream.concat(open.stream(), pages()).toList(),
            routes -> parts.forEach(part -> part.addTo(routes)),
            meters);
  }

  private Stream<OpenEndpoint> pages() {
    return console.on()
        ? Stream.concat(
            ConsolePages.routes().stream(),
            SignInEndpoints.of(signIn, control, sessions, config.tls() != null).stream())
        : Stream.empty();
  }

  private static FileStore openFiles(Map<String, String> environment) {
    Path data = Path.of(GatewayConfig.required(environment, "DUALTRACK_DATA"));
    try {
      return FileStoreConfig.of(environment, data).open();
    } catch (IOException e) {
      throw new UncheckedIOException("the file store cannot be opened", e);
    }
  }

  /** Starts what works behind the endpoints and returns; {@link #isReady} tells when it does. */
  public synchronized void start() {
    running.push(files);
    running.push(control);
    control.start();
    for (GatewayPart part : parts) {
      running.push(part);
      part.start();
    }
    started = true;
  }

  /** Where it listens. */
  public synchronized URI uri() {
    return http.uri();
  }

  /** Whether calls are answered now. */
  public boolean isReady() {
    return started && !stopped.isDone() && !readiness().containsValue(false);
  }

  /** Completes when calls are answered, or with what keeps them from it. */
  public CompletableFuture<Void> ready() {
    return CompletableFuture.runAsync(this::awaitReady);
  }

  private void awaitReady() {
    try {
      while (!isReady()) {
        if (stopped.isDone()) {
          stopped.join();
          throw new IllegalStateException("the gateway was stopped while it started");
        }
        Thread.sleep(BETWEEN_LOOKS.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the gateway started", e);
    }
  }

  /** Each part, and whether it is ready. */
  public Map<String, Boolean> readiness() {
    Map<String, Boolean> ready = new LinkedHashMap<>();
    ready.put("control records", control.isReady());
    parts.forEach(part -> ready.put(part.name(), part.isReady()));
    return ready;
  }

  /** Completes at {@link #close}, and exceptionally if this process cannot go on. */
  public CompletableFuture<Void> stopped() {
    return stopped;
  }

  private void fail(Throwable cause) {
    if (stopped.completeExceptionally(cause)) {
      LOG.error("the gateway stops", cause);
    }
  }

  /** Takes no new call, lets those that are out end within the configured drain, and stops. */
  @Override
  public synchronized void close() {
    parts.forEach(GatewayPart::drain);
    if (http != null) {
      http.close();
      http = null;
    }
    while (!running.isEmpty()) {
      try {
        running.pop().close();
      } catch (Exception e) {
        LOG.warn("a part of the gateway did not stop cleanly", e);
      }
    }
    kafka.close();
    stopped.complete(null);
  }
}
