package io.dualtrack.schemas.prices;

/** A price record that cannot be right; the message has its id. */
final class InvalidPriceException extends Exception {

  private static final long serialVersionUID = 1L;

  InvalidPriceException(String message) {
    super(message, null, false, false);
  }
}
