package io.dualtrack.topology;

import io.dualtrack.schemas.SchemaRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topology as a process. Settings come from environment variables, see {@link TopologyConfig}.
 * Exit codes: 143 after a clean stop by SIGTERM, 1 after a failure, 2 for settings that are wrong.
 */
public final class TopologyMain {

  private static final Logger LOG = LoggerFactory.getLogger(TopologyMain.class);
  private static final int FAILED = 1;
  private static final int WRONG_SETTINGS = 2;

  private TopologyMain() {}

  public static void main(String[] args) throws InterruptedException {
    TopologyConfig config;
    try {
      config = TopologyConfig.fromEnvironment(System.getenv());
    } catch (IllegalArgumentException e) {
      exit(WRONG_SETTINGS, e.getMessage());
      return;
    }
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Optional<HTTPServer> endpoint;
    try {
      endpoint = serve(config, meters);
    } catch (IOException e) {
      exit(
          WRONG_SETTINGS,
          "port %d cannot be used for metrics (%s); set DUALTRACK_METRICS_PORT to a free one"
              .formatted(config.metricsPort(), e.getMessage()));
      return;
    }
    try {
      run(config, meters);
    } catch (ExecutionException e) {
      LOG.error("the topology failed", e.getCause());
      exit(FAILED, "the topology failed: " + e.getCause());
    } catch (RuntimeException e) {
      LOG.error("the topology cannot start", e);
      exit(FAILED, "the topology cannot start: " + e.getMessage());
    } finally {
      endpoint.ifPresent(HTTPServer::stop);
    }
  }

  private static void run(TopologyConfig config, PrometheusMeterRegistry meters)
      throws InterruptedException, ExecutionException {
    SchemaRegistry registry =
        SchemaRegistry.connect(config.registry(), config.data().resolve("registry-cache.jsonl"));
    CountDownLatch closed = new CountDownLatch(1);
    try (TopologyService service = new TopologyService(config, registry, meters)) {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    service.close();
                    awaitQuietly(closed);
                  },
                  "stop"));
      service.start();
      service.stopped().get();
    } finally {
      closed.countDown();
    }
  }

  private static void awaitQuietly(CountDownLatch closed) {
    try {
      // The main thread still closes what it opened.
      if (!closed.await(5, TimeUnit.SECONDS)) {
        LOG.warn("the main thread did not end in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Optional<HTTPServer> serve(TopologyConfig config, PrometheusMeterRegistry meters)
      throws IOException {
    new ClassLoaderMetrics().bindTo(meters);
    new JvmMemoryMetrics().bindTo(meters);
    new JvmGcMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    if (config.metricsPort() == 0) {
      return Optional.empty();
    }
    return Optional.of(
        HTTPServer.builder()
            .inetAddress(InetAddress.getLoopbackAddress())
            .port(config.metricsPort())
            .registry(meters.getPrometheusRegistry())
            .buildAndStart());
  }

  private static void exit(int code, String message) {
    System.err.println("dualtrack topology: " + message);
    System.exit(code);
  }
}
