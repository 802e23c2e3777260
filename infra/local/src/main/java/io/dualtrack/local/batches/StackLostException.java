package io.dualtrack.local.batches;

/** The stack does not answer any more, so a run cannot be finished. */
public final class StackLostException extends Exception {

  StackLostException(String message, Throwable cause) {
    super(message, cause);
  }

  StackLostException(String message) {
    super(message);
  }
}
