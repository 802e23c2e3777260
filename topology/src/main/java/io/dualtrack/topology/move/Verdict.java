package io.dualtrack.topology.move;

/** What the figures of a step say. */
sealed interface Verdict {

  /** Neither is certain yet. */
  record Wait() implements Verdict {}

  /**
   * The target is no worse than the gates allow.
   *
   * @param why the figures, without anything of a request
   */
  record Onward(String why) implements Verdict {}

  /**
   * The target is worse than the gates allow.
   *
   * @param why the figures, without anything of a request
   */
  record Back(String why) implements Verdict {}
}
