package io.dualtrack.topology;

import io.dualtrack.metrics.ProcessMetrics;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.TextSeal;
import io.dualtrack.texts.TextKeys;
import io.dualtrack.tracing.Traces;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topology as a process. Settings come from environment variables, see {@link TopologyConfig}
 * and {@link ProcessMetrics}. Exit codes: 143 after a clean stop by SIGTERM, 1 after a failure, 2
 * for settings that are wrong.
 */
public final class TopologyMain {

  private static final Logger LOG = LoggerFactory.getLogger(TopologyMain.class);
  private static final int FAILED = 1;
  private static final int WRONG_SETTINGS = 2;

  private TopologyMain() {}

  public static void main(String[] args) throws InterruptedException {
    TopologyConfig config;
    ProcessMetrics metrics;
    TextSeal texts;
    Traces traces;
    try {
      config = TopologyConfig.fromEnvironment(System.getenv());
      texts = TextKeys.seal(System.getenv());
      traces = Traces.fromEnvironment(System.getenv(), TopologyConfig.APPLICATION);
      metrics = ProcessMetrics.fromEnvironment(System.getenv());
    } catch (IllegalArgumentException e) {
      exit(WRONG_SETTINGS, e.getMessage());
      return;
    }
    try (metrics;
        traces) {
      run(config, texts, metrics, traces);
    } catch (ExecutionException e) {
      LOG.error("the topology failed", e.getCause());
      exit(FAILED, "the topology failed: " + e.getCause());
    } catch (RuntimeException e) {
      LOG.error("the topology cannot start", e);
      exit(FAILED, "the topology cannot start: " + e.getMessage());
    }
  }

  private static void run(
      TopologyConfig config, TextSeal texts, ProcessMetrics metrics, Traces traces)
      throws InterruptedException, ExecutionException {
    SchemaRegistry registry =
        SchemaRegistry.connect(config.registry(), config.data().resolve("registry-cache.jsonl"))
            .withTexts(texts);
    CountDownLatch closed = new CountDownLatch(1);
    try (TopologyService service =
        new TopologyService(config, registry, metrics.registry(), traces)) {
      metrics.readyWhen(service::isReady);
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

  private static void exit(int code, String message) {
    System.err.println("dualtrack topology: " + message);
    System.exit(code);
  }
}
