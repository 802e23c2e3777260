package io.dualtrack.local.stack;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops parts stage by stage, users before what they use; the parts of a stage at the same time. A
 * part that hangs or fails is logged, and the next stage goes on.
 */
final class Shutdown {

  /** In the order of stopping. */
  enum Stage {
    ZONES_ASKED,
    GATEWAY,
    JOBS,
    SERVICES,
    REGISTRY,
    BROKER,
    SANDBOX,
    HTTP,
    ZONES_GONE
  }

  private record Part(String name, AutoCloseable closing) {}

  private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);
  private static final long PATIENCE_SECONDS = 20;

  private final Map<Stage, List<Part>> parts = new EnumMap<>(Stage.class);
  private boolean running;

  /** Adds a part; one that comes when the shutdown has begun is stopped at once. */
  void add(Stage stage, String name, AutoCloseable closing) {
    synchronized (this) {
      if (!running) {
        parts.computeIfAbsent(stage, s -> new ArrayList<>()).add(new Part(name, closing));
        return;
      }
    }
    close(new Part(name, closing));
  }

  synchronized boolean isRunning() {
    return running;
  }

  /** Only the first call does anything. */
  void run() {
    synchronized (this) {
      if (running) {
        return;
      }
      running = true;
    }
    for (List<Part> stage : parts.values()) {
      List<CompletableFuture<Void>> closing = stage.stream().map(this::closeAside).toList();
      try {
        CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new))
            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        LOG.warn("going on without waiting; parts={}", stage.stream().map(Part::name).toList());
      } catch (ExecutionException e) {
        throw new IllegalStateException("a part's failure is logged, not thrown", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private CompletableFuture<Void> closeAside(Part part) {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              close(part);
              closed.complete(null);
            },
            "stop " + part.name());
    thread.setDaemon(true);
    thread.start();
    return closed;
  }

  private static void close(Part part) {
    try {
      part.closing().close();
      LOG.info("stopped; part={}", part.name());
    } catch (Exception e) {
      LOG.warn("did not stop cleanly; part={}", part.name(), e);
    }
  }
}
