package io.dualtrack.inference.control;

/**
 * Why an order must not be written, or not go on.
 *
 * @param reason a sentence for people
 * @param epoch of the command that stopped it; {@link #FOR_GOOD} where no command can be named
 */
public record Halt(String reason, long epoch) {

  /** No decision can have known of it. */
  static final long FOR_GOOD = Long.MAX_VALUE;
}
