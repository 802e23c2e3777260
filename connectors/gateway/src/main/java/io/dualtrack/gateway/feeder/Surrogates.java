package io.dualtrack.gateway.feeder;

/**
 * Finds escapes such as {@code \}{@code ud800} that make half a character. JSON's grammar allows
 * them, but no UTF-8 can hold what they stand for: every provider would read something else.
 */
final class Surrogates {

  private static final int ESCAPE_LENGTH = 6;

  private Surrogates() {}

  /** Whether every escaped surrogate of a JSON text has its other half. */
  static boolean paired(byte[] json) {
    int at = 0;
    while (at < json.length) {
      if (json[at] != '\\') {
        at++;
        continue;
      }
      int unit = unit(json, at);
      if (unit < 0) {
        at += 2;
      } else if (Character.isLowSurrogate((char) unit)) {
        return false;
      } else if (Character.isHighSurrogate((char) unit)) {
        int next = unit(json, at + ESCAPE_LENGTH);
        if (next < 0 || !Character.isLowSurrogate((char) next)) {
          return false;
        }
        at += 2 * ESCAPE_LENGTH;
      } else {
        at += ESCAPE_LENGTH;
      }
    }
    return true;
  }

  /** The code unit of an escape that begins at a place; -1 where none does. */
  private static int unit(byte[] json, int at) {
    if (at + ESCAPE_LENGTH > json.length || json[at] != '\\' || json[at + 1] != 'u') {
      return -1;
    }
    int unit = 0;
    for (int i = at + 2; i < at + ESCAPE_LENGTH; i++) {
      int digit = Character.digit(json[i], 16);
      if (digit < 0) {
        return -1;
      }
      unit = unit * 16 + digit;
    }
    return unit;
  }
}
