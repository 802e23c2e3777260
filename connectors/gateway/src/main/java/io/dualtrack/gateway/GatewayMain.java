package io.dualtrack.gateway;

import io.dualtrack.gateway.http.OpenRoute;
import io.dualtrack.gateway.http.OpenRoute.Answer;
import io.dualtrack.schemas.SchemaRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;

/** A gateway as a process of its own, set up by environment variables. */
public final class GatewayMain {

  private static final int BAD_CONFIGURATION = 2;
  private static final int FAILED = 1;

  private GatewayMain() {}

  public static void main(String[] arguments) {
    System.exit(run(System.getenv()));
  }

  @SuppressWarnings("SystemOut")
  private static int run(Map<String, String> environment) {
    GatewayConfig config;
    URI registry;
    Path data;
    try {
      config = GatewayConfig.fromEnvironment(environment);
      registry = URI.create(GatewayConfig.required(environment, "DUALTRACK_REGISTRY"));
      data = Path.of(GatewayConfig.required(environment, "DUALTRACK_DATA"));
    } catch (IllegalArgumentException e) {
      System.err.println("gateway: " + e.getMessage());
      return BAD_CONFIGURATION;
    }
    try {
      return serve(config, environment, registry, data);
    } catch (RuntimeException e) {
      System.err.println("gateway: " + e.getMessage());
      return FAILED;
    }
  }

  private static int serve(
      GatewayConfig config, Map<String, String> environment, URI registry, Path data) {
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    new ClassLoaderMetrics().bindTo(meters);
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    new UptimeMetrics().bindTo(meters);
    try (JvmGcMetrics gc = new JvmGcMetrics();
        GatewayService service =
            new GatewayService(
                config,
                environment,
                SchemaRegistry.connect(registry, data.resolve("registry-cache.jsonl")),
                meters)) {
      gc.bindTo(meters);
      // The process ends when its hooks have, so the hook does the clean stop.
      Runtime.getRuntime().addShutdownHook(new Thread(service::close, "shutdown"));
      service.listen(health(service, meters));
      service.start();
      service.stopped().join();
      return 0;
    } catch (CompletionException | CancellationException e) {
      throw new IllegalStateException(
          "stopped because of " + (e.getCause() == null ? e : e.getCause()), e);
    }
  }

  private static List<OpenRoute> health(GatewayService service, PrometheusMeterRegistry meters) {
    return List.of(
        new OpenRoute("/healthz", () -> Answer.json(200, "{\"alive\":true}")),
        new OpenRoute("/readyz", () -> ready(service)),
        new OpenRoute(
            "/metrics",
            () ->
                new Answer(
                    200,
                    "text/plain; version=0.0.4; charset=utf-8",
                    meters.scrape().getBytes(StandardCharsets.UTF_8))));
  }

  private static Answer ready(GatewayService service) {
    boolean ready = service.isReady();
    String parts =
        service.readiness().entrySet().stream()
            .map(part -> "\"%s\":%s".formatted(part.getKey(), part.getValue()))
            .collect(Collectors.joining(","));
    return Answer.json(ready ? 200 : 503, "{\"ready\":%s,\"parts\":{%s}}".formatted(ready, parts));
  }
}
