package io.dualtrack.inference.flow;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;

/** A flow's thread whose time the test moves. */
final class ManualThread implements FlowThread {

  private record Task(Instant at, long number, Runnable body) {}

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparing(Task::at).thenComparing(Task::number));
  private Instant now = Instant.parse("2026-11-21T10:00:00Z");
  private long number;

  @Override
  public Instant now() {
    return now;
  }

  @Override
  public void run(Runnable task) {
    runAfter(Duration.ZERO, task);
  }

  @Override
  public void runAfter(Duration delay, Runnable task) {
    tasks.add(new Task(now.plus(delay), number++, task));
  }

  /** Runs what is due up to a later time, in order. */
  void advance(Duration by) {
    Instant until = now.plus(by);
    while (!tasks.isEmpty() && !tasks.peek().at().isAfter(until)) {
      Task next = tasks.remove();
      if (next.at().isAfter(now)) {
        now = next.at();
      }
      next.body().run();
    }
    now = until;
  }

  void settle() {
    advance(Duration.ZERO);
  }
}
