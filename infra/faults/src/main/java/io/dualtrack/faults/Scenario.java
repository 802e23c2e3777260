package io.dualtrack.faults;

import io.dualtrack.local.stack.StackOptions;
import java.time.Duration;
import java.util.List;

/**
 * Faults of one kind, done to a stack while a batch runs through it.
 *
 * @param name of the command
 * @param description one line of what is done
 * @param services where they run; only processes can be killed or frozen
 * @param latency of the provider's answers
 * @param callTimeout after which a dispatcher gives a call up
 * @param repeats how often all calls in flight may have to be repeated because of the faults
 * @param steps in the order of their shares
 */
record Scenario(
    String name,
    String description,
    StackOptions.Services services,
    Duration latency,
    Duration callTimeout,
    int repeats,
    List<Step> steps) {

  /**
   * @param percent share of the lines that have an outcome when it begins
   * @param what is done, for whoever watches
   */
  record Step(int percent, String what, Action action) {}

  /** Does the harm, and waits where it has to last. */
  @FunctionalInterface
  interface Action {
    void harm(FaultInjector faults) throws Exception;
  }

  Scenario {
    steps = List.copyOf(steps);
  }
}
