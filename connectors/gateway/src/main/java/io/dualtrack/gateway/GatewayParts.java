package io.dualtrack.gateway;

import io.dualtrack.gateway.batches.BatchesPart;
import io.dualtrack.gateway.interactive.InteractivePart;
import io.dualtrack.gateway.models.ModelsPart;
import java.util.List;

/** The parts that make up a gateway. */
final class GatewayParts {

  private GatewayParts() {}

  /** In the order in which they start. */
  static List<GatewayPart> of(GatewayContext context) {
    return List.of(new InteractivePart(context), new ModelsPart(context), new BatchesPart(context));
  }
}
