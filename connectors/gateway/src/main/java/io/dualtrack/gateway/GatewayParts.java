package io.dualtrack.gateway;

import java.util.List;

/** The parts that make up a gateway. */
final class GatewayParts {

  private GatewayParts() {}

  /** In the order in which they start. */
  static List<GatewayPart> of(GatewayContext context) {
    return List.of();
  }
}
