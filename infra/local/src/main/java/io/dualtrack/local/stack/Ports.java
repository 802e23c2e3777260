package io.dualtrack.local.stack;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Ports on loopback. */
final class Ports {

  private static final int LASTING_FROM = 20_000;
  private static final int LASTING = 12_000;
  private static final int ATTEMPTS = 1_000;

  /** Lasting ports are given once: their parts may not have bound them yet. */
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private Ports() {}

  /**
   * The port itself once it is seen to be free, or a free one in place of 0. Nothing holds it until
   * its part binds it.
   *
   * @param part what listens there, in words
   * @param option that sets the port
   * @throws StackFailure if the port is in use
   */
  static int claim(String part, String option, int port) {
    try (ServerSocket probe = new ServerSocket()) {
      // As the parts do, so that connections of a stack that just stopped are no obstacle.
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return probe.getLocalPort();
    } catch (BindException e) {
      throw inUse(part, option, port, e);
    } catch (IOException e) {
      throw new StackFailure(
          "port %d for the %s cannot be used (%s); choose another with %s"
              .formatted(port, part, e.getMessage(), option),
          e);
    }
  }

  /**
   * A free port below those that the system gives to connections. One that is to be bound again
   * after its process was killed must be none of them: somebody's connection may have it then, also
   * one that tries to reach it.
   *
   * @throws StackFailure if none is found
   */
  static int claimLasting(String part) {
    for (int i = 0; i < ATTEMPTS; i++) {
      int port = LASTING_FROM + ThreadLocalRandom.current().nextInt(LASTING);
      try (ServerSocket probe = new ServerSocket()) {
        probe.setReuseAddress(true);
        probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        if (GIVEN.add(port)) {
          return port;
        }
      } catch (IOException e) {
        // In use; another one.
      }
    }
    throw new StackFailure("no free port was found for the " + part);
  }

  static StackFailure inUse(String part, String option, int port, Exception cause) {
    return new StackFailure(
        "port %d for the %s is in use; stop what uses it, or choose another with %s (0 for any)"
            .formatted(port, part, option),
        cause);
  }
}
