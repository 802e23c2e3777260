package io.dualtrack.warehouse;

import io.dualtrack.schemas.Environment;
import io.dualtrack.schemas.SchemaRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * The warehouse as a process. Reads what {@link WarehouseConfig#fromEnvironment} says, {@code
 * DUALTRACK_REGISTRY}, {@code DUALTRACK_DATA} and {@code DUALTRACK_METRICS_PORT} (0 or none for no
 * metrics). Exit codes: 143 after a clean stop by SIGTERM, 1 after a failure, 2 for settings that
 * are wrong.
 */
public final class WarehouseMain {

  private static final int FAILED = 1;
  private static final int WRONG_SETTINGS = 2;

  private WarehouseMain() {}

  public static void main(String[] args) throws InterruptedException {
    Map<String, String> environment = System.getenv();
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    try {
      WarehouseConfig config = WarehouseConfig.fromEnvironment(environment);
      URI registry = WarehouseConfig.registry(environment);
      Path data = Path.of(Environment.required(environment, "DUALTRACK_DATA"));
      WarehouseService service =
          new WarehouseService(
              config,
              SchemaRegistry.connect(registry, data.resolve("registry-cache.jsonl")),
              meters);
      service.start();
      Runtime.getRuntime().addShutdownHook(new Thread(service::close, "stop"));
      serve(environment, meters);
      service.stopped().get();
    } catch (IllegalArgumentException e) {
      exit(WRONG_SETTINGS, e.getMessage());
    } catch (ExecutionException e) {
      exit(FAILED, "nothing is copied any more: " + e.getCause().getMessage());
    } catch (SQLException | IOException | RuntimeException e) {
      exit(FAILED, "cannot start: " + e.getMessage());
    }
  }

  private static void serve(Map<String, String> environment, PrometheusMeterRegistry meters)
      throws IOException {
    String text = environment.getOrDefault("DUALTRACK_METRICS_PORT", "0").strip();
    if (!text.matches("\\d{1,5}")) {
      throw new IllegalArgumentException("DUALTRACK_METRICS_PORT must be a port, not " + text);
    }
    if (Integer.parseInt(text) == 0) {
      return;
    }
    // Daemon threads of its own; it ends with the process.
    HTTPServer unused =
        HTTPServer.builder()
            .inetAddress(InetAddress.getLoopbackAddress())
            .port(Integer.parseInt(text))
            .registry(meters.getPrometheusRegistry())
            .buildAndStart();
  }

  private static void exit(int code, String message) {
    System.err.println("dualtrack warehouse: " + message);
    System.exit(code);
  }
}
