package io.dualtrack.bench.abuse;

/**
 * Which half of the texts and templates a log is made of. Thresholds are chosen on logs of one half
 * and judged on the other, so that a detector that knows its own templates by heart is seen.
 */
enum Family {
  TUNING,
  HELD_OUT
}
