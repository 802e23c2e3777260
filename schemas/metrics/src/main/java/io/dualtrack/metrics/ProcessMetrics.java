package io.dualtrack.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.exporter.httpserver.MetricsHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/**
 * What a process tells of itself: its meters with those of its JVM, and over HTTP {@code /metrics},
 * {@code /healthz} (200 while the process lives) and {@code /readyz} (200 while it works, else
 * 503).
 */
public final class ProcessMetrics implements AutoCloseable {

  private static final int THREADS = 2;
  private static final int MOST_PORTS = 65_535;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collector = new JvmGcMetrics();
  private final Optional<HttpServer> server;
  private final Optional<ExecutorService> threads;
  private volatile BooleanSupplier ready = () -> false;

  private ProcessMetrics(Optional<InetSocketAddress> address) throws IOException {
    new ClassLoaderMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    collector.bindTo(registry);
    Gauge.builder("dualtrack.process.ready", () -> ready.getAsBoolean() ? 1 : 0)
        .description("1 while the process works")
        .register(registry);
    if (address.isEmpty()) {
      server = Optional.empty();
      threads = Optional.empty();
      return;
    }
    HttpServer http = HttpServer.create(address.get(), 0);
    http.createContext("/metrics", new MetricsHandler(registry.getPrometheusRegistry()));
    http.createContext("/healthz", exchange -> answer(exchange, "alive", true));
    http.createContext("/readyz", exchange -> answer(exchange, "ready", ready.getAsBoolean()));
    ExecutorService handlers = Executors.newFixedThreadPool(THREADS, ProcessMetrics::daemon);
    http.setExecutor(handlers);
    http.start();
    server = Optional.of(http);
    threads = Optional.of(handlers);
  }

  /**
   * Listens on {@code DUALTRACK_METRICS_PORT} (nowhere where it is 0 or not set) of {@code
   * DUALTRACK_METRICS_HOST} (loopback where it is not set; 0.0.0.0 for all addresses).
   *
   * @throws IllegalArgumentException naming the variable, if one is wrong or the port is in use
   */
  public static ProcessMetrics fromEnvironment(Map<String, String> environment) {
    int port = port(environment.getOrDefault("DUALTRACK_METRICS_PORT", "0").strip());
    String host = environment.getOrDefault("DUALTRACK_METRICS_HOST", "127.0.0.1").strip();
    try {
      return new ProcessMetrics(
          port == 0 ? Optional.empty() : Optional.of(new InetSocketAddress(host, port)));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "port %d of %s cannot be used for metrics (%s); set DUALTRACK_METRICS_PORT to a free one"
              .formatted(port, host, e.getMessage()),
          e);
    }
  }

  /**
   * Counts texts that a component was to read and that nobody can read any more; 0 from now on, so
   * that the first one is an increase.
   *
   * @return to be run for each
   */
  public static Runnable unreadableTexts(MeterRegistry meters, String component) {
    return Counter.builder("dualtrack.process.texts.unreadable")
            .description("Texts whose key does not exist, or that are not what was encrypted")
            .tag("component", component)
            .register(meters)
        ::increment;
  }

  private static int port(String text) {
    if (text.matches("\\d{1,5}") && Integer.parseInt(text) <= MOST_PORTS) {
      return Integer.parseInt(text);
    }
    throw new IllegalArgumentException("DUALTRACK_METRICS_PORT must be a port, not " + text);
  }

  /** Whether it has a port of its own. */
  public boolean listens() {
    return server.isPresent();
  }

  /** Where the process counts; holds the JVM's meters already. */
  public PrometheusMeterRegistry registry() {
    return registry;
  }

  /**
   * Says what {@code /readyz} tells from now on; before, the process is not ready.
   *
   * @param working asked at every call
   */
  public void readyWhen(BooleanSupplier working) {
    ready = working;
  }

  private static void answer(HttpExchange exchange, String what, boolean yes) throws IOException {
    byte[] body = "{\"%s\":%s}".formatted(what, yes).getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(yes ? 200 : 503, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "metrics");
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public void close() {
    server.ifPresent(each -> each.stop(0));
    threads.ifPresent(ExecutorService::shutdownNow);
    collector.close();
  }
}
