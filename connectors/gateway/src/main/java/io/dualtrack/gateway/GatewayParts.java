package io.dualtrack.gateway;

import io.dualtrack.gateway.batches.BatchesPart;
import io.dualtrack.gateway.console.ConsolePart;
import io.dualtrack.gateway.console.ConsoleSettings;
import io.dualtrack.gateway.interactive.InteractivePart;
import io.dualtrack.gateway.models.ModelsPart;
import java.util.ArrayList;
import java.util.List;

/** The parts that make up a gateway. */
final class GatewayParts {

  private GatewayParts() {}

  /** In the order in which they start. */
  static List<GatewayPart> of(GatewayContext context) {
    List<GatewayPart> parts =
        new ArrayList<>(
            List.of(
                new InteractivePart(context), new ModelsPart(context), new BatchesPart(context)));
    ConsoleSettings console = ConsoleSettings.of(context.config(), context.environment());
    if (console.on()) {
      parts.add(new ConsolePart(context, console));
    }
    return List.copyOf(parts);
  }
}
