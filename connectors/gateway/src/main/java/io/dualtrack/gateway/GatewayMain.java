package io.dualtrack.gateway;

import io.dualtrack.gateway.http.OpenRoute;
import io.dualtrack.gateway.http.OpenRoute.Answer;
import io.dualtrack.metrics.ProcessMetrics;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.TextSeal;
import io.dualtrack.texts.TextKeys;
import io.dualtrack.tracing.Traces;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
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
    ProcessMetrics metrics;
    TextSeal texts;
    Traces traces;
    try {
      config = GatewayConfig.fromEnvironment(environment);
      registry = URI.create(GatewayConfig.required(environment, "DUALTRACK_REGISTRY"));
      data = Path.of(GatewayConfig.required(environment, "DUALTRACK_DATA"));
      texts = TextKeys.seal(environment);
      traces = Traces.fromEnvironment(environment, GatewayConfig.TRACED_AS);
      metrics = ProcessMetrics.fromEnvironment(environment);
    } catch (IllegalArgumentException e) {
      System.err.println("gateway: " + e.getMessage());
      return BAD_CONFIGURATION;
    }
    try (metrics;
        traces) {
      return serve(config, environment, registry, texts, data, metrics, traces);
    } catch (RuntimeException e) {
      System.err.println("gateway: " + e.getMessage());
      return FAILED;
    }
  }

  private static int serve(
      GatewayConfig config,
      Map<String, String> environment,
      URI registry,
      TextSeal texts,
      Path data,
      ProcessMetrics metrics,
      Traces traces) {
    try (GatewayService service =
        new GatewayService(
            config,
            environment,
            SchemaRegistry.connect(registry, data.resolve("registry-cache.jsonl")).withTexts(texts),
            metrics.registry(),
            traces)) {
      metrics.readyWhen(service::isReady);
      // The process ends when its hooks have, so the hook does the clean stop.
      Runtime.getRuntime().addShutdownHook(new Thread(service::close, "shutdown"));
      service.listen(health(service, metrics));
      service.start();
      service.stopped().join();
      return 0;
    } catch (CompletionException | CancellationException e) {
      throw new IllegalStateException(
          "stopped because of " + (e.getCause() == null ? e : e.getCause()), e);
    }
  }

  /** Metrics name tenants, so that callers do not read them where they have a port of their own. */
  private static List<OpenRoute> health(GatewayService service, ProcessMetrics metrics) {
    List<OpenRoute> routes = new ArrayList<>();
    routes.add(new OpenRoute("/healthz", () -> Answer.json(200, "{\"alive\":true}")));
    routes.add(new OpenRoute("/readyz", () -> ready(service)));
    if (!metrics.listens()) {
      routes.add(
          new OpenRoute(
              "/metrics",
              () ->
                  new Answer(
                      200,
                      "text/plain; version=0.0.4; charset=utf-8",
                      metrics.registry().scrape().getBytes(StandardCharsets.UTF_8))));
    }
    return routes;
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
