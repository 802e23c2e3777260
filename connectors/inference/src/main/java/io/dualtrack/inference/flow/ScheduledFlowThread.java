package io.dualtrack.inference.flow;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A flow's thread in a process. A task that throws is a fatal error of the process. */
public final class ScheduledFlowThread implements FlowThread, AutoCloseable {

  private final ScheduledThreadPoolExecutor executor;
  private final InstantSource clock;
  private final Consumer<Throwable> onFailure;

  public ScheduledFlowThread(String name, InstantSource clock, Consumer<Throwable> onFailure) {
    this.executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    this.executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.clock = clock;
    this.onFailure = onFailure;
  }

  @Override
  public Instant now() {
    return clock.instant();
  }

  @Override
  public void run(Runnable task) {
    runAfter(Duration.ZERO, task);
  }

  @Override
  public void runAfter(Duration delay, Runnable task) {
    try {
      executor.schedule(() -> guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // After close nobody waits for the task any more: what was out is discarded.
      if (!executor.isShutdown()) {
        throw e;
      }
    }
  }

  @SuppressWarnings("CatchAndPrintStackTrace")
  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      onFailure.accept(e);
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
