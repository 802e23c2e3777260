package io.dualtrack.files;

import java.io.IOException;

/** A stored body is not there any more, or not what was stored. Reading it again does not help. */
public final class UnusableBodyException extends IOException {

  private static final long serialVersionUID = 1L;

  private final String code;

  /**
   * @param code body_missing or body_altered
   */
  UnusableBodyException(String code, String message) {
    super(message);
    this.code = code;
  }

  public String code() {
    return code;
  }
}
