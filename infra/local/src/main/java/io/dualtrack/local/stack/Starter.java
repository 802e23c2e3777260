package io.dualtrack.local.stack;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Starts parts at the same time, and remembers how each is stopped. */
final class Starter implements AutoCloseable {

  private static final int AT_ONCE = 4;

  private final Parts parts;
  private final Shutdown shutdown;
  private final StackProgress progress;
  private final ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);

  Starter(Parts parts, Shutdown shutdown, StackProgress progress) {
    this.parts = parts;
    this.shutdown = shutdown;
    this.progress = progress;
  }

  /**
   * @param stage of the shutdown in which it is closed
   * @return completes when it has started; exceptionally with a {@link StackFailure}
   */
  <T extends AutoCloseable> CompletableFuture<T> start(
      String part, Shutdown.Stage stage, Callable<T> starting) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            long begin = System.nanoTime();
            T started = starting.call();
            shutdown.add(stage, part, started);
            parts.ready(part, () -> true);
            progress.step("%s started (%.1f s)".formatted(part, (System.nanoTime() - begin) / 1e9));
            return started;
          } catch (Exception e) {
            throw new CompletionException(parts.failure("the %s cannot start".formatted(part), e));
          }
        },
        threads);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
