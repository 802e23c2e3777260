package io.dualtrack.inference.access;

import io.dualtrack.inference.adapter.Preparation;

/** Ends the preparation of a call where it turns out to be impossible. */
public final class ImpossibleException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient Preparation.Impossible impossible;

  /**
   * @param message no key and no text of the request
   */
  public ImpossibleException(String code, String message) {
    this(code, message, null);
  }

  /**
   * @param message no key and no text of the request
   * @param refused what the offering cannot do, by name; null where it is something else
   */
  public ImpossibleException(String code, String message, String refused) {
    super(message, null, false, false);
    this.impossible = new Preparation.Impossible(code, message, refused);
  }

  public Preparation.Impossible impossible() {
    return impossible;
  }
}
