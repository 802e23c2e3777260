package io.dualtrack.bench;

import java.io.IOException;

/** A file that a benchmark was given holds what it cannot use; the message says what to do. */
public final class UnusableInput extends IOException {

  private static final long serialVersionUID = 1;

  public UnusableInput(String message) {
    super(message);
  }
}
