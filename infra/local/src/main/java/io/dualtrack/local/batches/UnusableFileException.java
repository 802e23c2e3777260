package io.dualtrack.local.batches;

/** An input or output file that a run cannot begin with. The message says what to do. */
public final class UnusableFileException extends Exception {

  UnusableFileException(String message) {
    super(message);
  }
}
