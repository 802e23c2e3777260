package io.dualtrack.inference;

import io.dualtrack.metrics.ProcessMetrics;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.TextSeal;
import io.dualtrack.texts.TextKeys;
import io.dualtrack.tracing.Traces;
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
    ProcessMetrics metrics;
    TextSeal texts;
    Traces traces;
    try {
      config = DispatcherConfig.fromEnvironment(environment);
      registry = URI.create(DispatcherConfig.required(environment, "DUALTRACK_REGISTRY"));
      data = Path.of(DispatcherConfig.required(environment, "DUALTRACK_DATA"));
      texts = TextKeys.seal(environment);
      traces = Traces.fromEnvironment(environment, DispatcherConfig.TRACED_AS);
      metrics = ProcessMetrics.fromEnvironment(environment);
    } catch (IllegalArgumentException e) {
      System.err.println("dispatcher: " + e.getMessage());
      return BAD_CONFIGURATION;
    }
    try (metrics;
        traces) {
      return serve(config, registry, texts, data, metrics, traces);
    } catch (RuntimeException e) {
      System.err.println("dispatcher: " + e.getMessage());
      return FAILED;
    }
  }

  private static int serve(
      DispatcherConfig config,
      URI registry,
      TextSeal texts,
      Path data,
      ProcessMetrics metrics,
      Traces traces) {
    try (DispatcherService service =
        new DispatcherService(
            config,
            SchemaRegistry.connect(registry, data.resolve("registry-cache.jsonl")).withTexts(texts),
            metrics.registry(),
            traces)) {
      metrics.readyWhen(service::isReady);
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
}
