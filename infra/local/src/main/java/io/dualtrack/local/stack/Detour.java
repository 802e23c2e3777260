package io.dualtrack.local.stack;

import java.util.Locale;

/**
 * Another way to a broker, for clients whose network a test of faults wants to cut: whoever comes
 * by its port is told of the same way to every other broker. Nothing listens on the port until the
 * test puts something there that passes bytes on.
 *
 * @param way name of the way, the same at every broker
 * @param port that clients come to
 * @param behind port of the broker that bytes are to be passed on to
 */
public record Detour(String way, int port, int behind) {

  /** Name of the broker's listener. */
  String listener() {
    return "WAY_" + way.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
  }
}
