package io.dualtrack.inference.flow;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A flow's thread in a process. A task that throws is a fatal error of the process.
 *
 * <p>Tasks come in bursts, from the intake and from the wire. One wake-up serves all that are
 * there: to wake the thread costs more than most tasks do.
 */
public final class ScheduledFlowThread implements FlowThread, AutoCloseable {

  /** Tasks done in a row before those that are due by time. */
  private static final int LONGEST_BURST = 256;

  private final ScheduledThreadPoolExecutor executor;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean awake = new AtomicBoolean();
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
    tasks.add(task);
    wake();
  }

  private void wake() {
    if (awake.compareAndSet(false, true)) {
      schedule(Duration.ZERO, this::burst);
    }
  }

  private void burst() {
    for (int i = 0; i < LONGEST_BURST && !tasks.isEmpty(); i++) {
      guarded(tasks.remove());
    }
    awake.set(false);
    if (!tasks.isEmpty()) {
      wake();
    }
  }

  @Override
  public void runAfter(Duration delay, Runnable task) {
    schedule(delay, () -> guarded(task));
  }

  private void schedule(Duration delay, Runnable task) {
    try {
      executor.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
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
