package io.dualtrack.faults;

import java.util.List;

/**
 * Faults of one kind, done to a stack while a batch runs through it.
 *
 * @param name of the command
 * @param description one line of what is done
 * @param setting what they are done to
 * @param repeats how often all calls in flight may have to be repeated because of the faults
 * @param steps in the order of their shares
 */
record Scenario(String name, String description, Setting setting, int repeats, List<Step> steps) {

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
