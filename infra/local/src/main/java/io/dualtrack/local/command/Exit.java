package io.dualtrack.local.command;

/** Exit codes of the commands. */
final class Exit {

  static final int DONE = 0;

  /** It ran to its end, but not everything came out as asked. */
  static final int INCOMPLETE = 1;

  /** Wrong usage, or something named that is not there or cannot be read. */
  static final int USAGE = 2;

  /** No stack, or it was lost, or something failed that nobody expected. */
  static final int STACK = 3;

  private Exit() {}
}
