package io.dualtrack.inference.flow;

import java.time.Duration;
import java.time.Instant;

/** The one thread that a flow's state belongs to, and its clock. */
public interface FlowThread {

  Instant now();

  /** Runs a task on the thread, soon. */
  void run(Runnable task);

  /** Runs a task on the thread, not before a delay has passed. */
  void runAfter(Duration delay, Runnable task);
}
