package io.dualtrack.local.stack;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;

/**
 * A stack that stops cleanly when the process is told to end, also while it still starts. A process
 * whose stack does not stop in time ends without it; the data is safe, the next start takes longer.
 */
public final class StackHook {

  private static final long PATIENCE_SECONDS = 30;

  private final Thread starter = Thread.currentThread();
  private final CountDownLatch startEnded = new CountDownLatch(1);
  private final StackProgress progress;
  private volatile LocalStack stack;

  private StackHook(StackProgress progress) {
    this.progress = progress;
  }

  /** {@link LocalStack#start} for a command; the caller may close the stack earlier. */
  public static LocalStack start(
      StackOptions options, ControlDefaults defaults, StackProgress progress) {
    StackHook hook = new StackHook(progress);
    Runtime.getRuntime().addShutdownHook(new Thread(hook::stopInTime, "stop"));
    try {
      LocalStack started = LocalStack.start(options, defaults, progress);
      hook.stack = started;
      return started;
    } finally {
      hook.startEnded.countDown();
    }
  }

  private void stopInTime() {
    Thread stopping = new Thread(this::stop, "stop stack");
    stopping.setDaemon(true);
    stopping.start();
    try {
      stopping.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (stopping.isAlive()) {
      progress.step("the stack did not stop in %d seconds; ending".formatted(PATIENCE_SECONDS));
      Runtime.getRuntime().halt(1);
    }
    LogManager.shutdown();
  }

  private void stop() {
    try {
      if (startEnded.getCount() > 0) {
        starter.interrupt();
        startEnded.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    if (stack != null && !stack.stopped().isDone()) {
      progress.step("stopping");
      stack.close();
      progress.step("stopped");
    }
  }
}
