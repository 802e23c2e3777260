package io.dualtrack.gateway.output;

import io.dualtrack.schemas.BatchUsage;

/**
 * One line of a batch as its caller will read it.
 *
 * @param line 1-based, in the input
 * @param text with its line end
 * @param usage what the answer used; zeros where there is none
 */
public record Ended(long line, Kind kind, byte[] text, BatchUsage usage) {

  /** How a line ended. */
  public enum Kind {
    ANSWERED,
    FAILED,
    EXPIRED,
    CANCELLED
  }

  // Arrays have no value of their own; two are one only if they are the same object.
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(line);
  }
}
