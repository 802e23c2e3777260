package io.dualtrack.audit;

import io.dualtrack.schemas.Environment;
import io.dualtrack.schemas.KafkaAccess;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * The sealer as a process. Reads {@code DUALTRACK_BOOTSTRAP}, {@code DUALTRACK_CHECKPOINTS} (the
 * folder of checkpoints), {@code DUALTRACK_AUDIT_KEY} (the file of the key that signs) and {@code
 * DUALTRACK_METRICS_PORT} (0 or none for no metrics). Exit codes: 143 after a clean stop by
 * SIGTERM, 1 after a failure, 2 for settings that are wrong.
 */
public final class AuditMain {

  private static final int FAILED = 1;
  private static final int WRONG_SETTINGS = 2;

  private AuditMain() {}

  public static void main(String[] args) throws InterruptedException {
    Map<String, String> environment = System.getenv();
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    try {
      SealingService service =
          SealingService.start(
              KafkaAccess.fromEnvironment(environment),
              Path.of(Environment.required(environment, "DUALTRACK_CHECKPOINTS")),
              Path.of(Environment.required(environment, "DUALTRACK_AUDIT_KEY")),
              meters);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> close(service), "stop"));
      serve(environment, meters);
      service.stopped().get();
    } catch (IllegalArgumentException e) {
      exit(WRONG_SETTINGS, e.getMessage());
    } catch (ExecutionException e) {
      exit(FAILED, "nothing is sealed any more: " + e.getCause());
    } catch (IOException | RuntimeException e) {
      exit(FAILED, "cannot seal: " + e.getMessage());
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

  private static void close(SealingService service) {
    try {
      service.close();
    } catch (IOException e) {
      System.err.println("dualtrack audit: the folder's lock was not released: " + e.getMessage());
    }
  }

  private static void exit(int code, String message) {
    System.err.println("dualtrack audit: " + message);
    System.exit(code);
  }
}
