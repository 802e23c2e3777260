package io.dualtrack.faults;

import io.dualtrack.local.stack.ServiceProcess;
import io.dualtrack.local.stack.StackProgress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * Starts processes again that ended without anybody's doing, as the manager of a cluster does, and
 * remembers which did.
 */
final class Supervisor implements AutoCloseable {

  private static final Duration EVERY = Duration.ofSeconds(1);

  private final Supplier<Collection<ServiceProcess>> processes;
  private final StackProgress progress;
  private final Set<ServiceProcess> left = ConcurrentHashMap.newKeySet();
  private final List<String> ended = new CopyOnWriteArrayList<>();
  private final Thread thread = new Thread(this::watch, "supervisor");

  /**
   * @param processes that run now, as they are at each question
   */
  Supervisor(Supplier<Collection<ServiceProcess>> processes, StackProgress progress) {
    this.processes = processes;
    this.progress = progress;
    thread.setDaemon(true);
    thread.start();
  }

  /** A process that somebody else sees to from now on. */
  void leave(ServiceProcess process) {
    // Whoever starts one here has done so when this returns.
    synchronized (left) {
      left.add(process);
    }
  }

  /** A process runs again, and is watched. */
  void take(ServiceProcess process) {
    left.remove(process);
  }

  /** Names of the processes that ended by themselves, one for each time. */
  List<String> ended() {
    return List.copyOf(ended);
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(EVERY.toMillis());
        processes.get().forEach(this::startIfEnded);
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  private void startIfEnded(ServiceProcess process) {
    synchronized (left) {
      if (process.isAlive() || left.contains(process)) {
        return;
      }
      ended.add(process.name());
      progress.step(
          "%s ended by itself and is started again: %s"
              .formatted(process.name(), process.lastWords()));
      process.start();
    }
  }

  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    thread.join();
  }
}
