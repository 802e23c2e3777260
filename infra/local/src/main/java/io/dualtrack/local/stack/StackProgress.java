package io.dualtrack.local.stack;

/** Told of what a stack does while it starts and stops, in lines for people. */
@FunctionalInterface
public interface StackProgress {

  /** Threads may call at the same time. */
  void step(String line);

  /** Tells nobody. */
  static StackProgress silent() {
    return line -> {};
  }
}
