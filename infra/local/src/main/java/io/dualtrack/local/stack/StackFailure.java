package io.dualtrack.local.stack;

/** Why a stack cannot run: one line that says what is wrong and what to do. */
public final class StackFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public StackFailure(String message) {
    super(message);
  }

  public StackFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
