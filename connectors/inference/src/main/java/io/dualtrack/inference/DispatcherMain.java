package io.dualtrack.inference;

import io.dualtrack.schemas.SchemaRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;

/** A dispatcher as a process of its own, set up by environment variables. */
public final class DispatcherMain {

  private static final int BAD_CONFIGURATION = 2;
  private static final int FAILED = 1;

  private DispatcherMain() {}

  public static void main(String[] arguments) {
    System.exit(run(System.getenv()));
  }

  @SuppressWarnings("SystemOut")
  private static int run(Map<String, String> environment) {
    DispatcherConfig config;
    URI registry;
    Path data;
    int metricsPort;
    try {
      config = DispatcherConfig.fromEnvironment(environment);
      registry = URI.create(DispatcherConfig.required(environment, "DUALTRACK_REGISTRY"));
      data = Path.of(DispatcherConfig.required(environment, "DUALTRACK_DATA"));
      metricsPort = metricsPort(environment);
    } catch (IllegalArgumentException e) {
      System.err.println("dispatcher: " + e.getMessage());
      return BAD_CONFIGURATION;
    }
    try {
      return serve(config, registry, data, metricsPort);
    } catch (IOException | RuntimeException e) {
      System.err.println("dispatcher: " + e.getMessage());
      return FAILED;
    }
  }

  private static int metricsPort(Map<String, String> environment) {
    String text = environment.getOrDefault("DUALTRACK_METRICS_PORT", "0");
    try {
      int port = Integer.parseInt(text.strip());
      if (port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("DUALTRACK_METRICS_PORT must be a port, not " + text, e);
    }
    throw new IllegalArgumentException("DUALTRACK_METRICS_PORT must be a port, not " + text);
  }

  private static int serve(DispatcherConfig config, URI registry, Path data, int metricsPort)
      throws IOException {
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    new ClassLoaderMetrics().bindTo(meters);
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    new UptimeMetrics().bindTo(meters);
    try (JvmGcMetrics gc = new JvmGcMetrics();
        DispatcherService service =
            new DispatcherService(
                config,
                SchemaRegistry.connect(registry, data.resolve("registry-cache.jsonl")),
                meters);
        AutoCloseableServer metrics = AutoCloseableServer.on(metricsPort, meters)) {
      gc.bindTo(meters);
      // The process ends when its hooks have, so the hook does the clean stop.
      Runtime.getRuntime().addShutdownHook(new Thread(service::close, "shutdown"));
      service.start();
      service.stopped().join();
      return 0;
    } catch (CompletionException | CancellationException e) {
      throw new IllegalStateException(
          "stopped because of " + (e.getCause() == null ? e : e.getCause()), e);
    }
  }

  /**
   * @param server null where no port was asked for
   */
  private record AutoCloseableServer(HTTPServer server) implements AutoCloseable {

    static AutoCloseableServer on(int port, PrometheusMeterRegistry meters) throws IOException {
      return new AutoCloseableServer(
          port == 0
              ? null
              : HTTPServer.builder()
                  .inetAddress(InetAddress.getLoopbackAddress())
                  .port(port)
                  .registry(meters.getPrometheusRegistry())
                  .buildAndStart());
    }

    @Override
    public void close() {
      if (server != null) {
        server.close();
      }
    }
  }
}
