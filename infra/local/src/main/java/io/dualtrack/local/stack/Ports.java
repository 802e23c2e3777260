package io.dualtrack.local.stack;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports on loopback. */
final class Ports {

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

  static StackFailure inUse(String part, String option, int port, Exception cause) {
    return new StackFailure(
        "port %d for the %s is in use; stop what uses it, or choose another with %s (0 for any)"
            .formatted(port, part, option),
        cause);
  }
}
