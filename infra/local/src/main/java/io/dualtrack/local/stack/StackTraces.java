package io.dualtrack.local.stack;

import io.dualtrack.gateway.GatewayConfig;
import io.dualtrack.inference.DispatcherConfig;
import io.dualtrack.topology.TopologyConfig;
import io.dualtrack.tracing.Traces;
import java.util.Map;

/** What the services in a stack's own JVM tell of requests, each under its own name. */
record StackTraces(Traces gateway, Traces topology, Traces dispatchers) implements AutoCloseable {

  /**
   * @throws IllegalArgumentException where the environment's settings of traces cannot be used
   */
  static StackTraces of(Map<String, String> environment) {
    return new StackTraces(
        Traces.fromEnvironment(environment, GatewayConfig.TRACED_AS),
        Traces.fromEnvironment(environment, TopologyConfig.APPLICATION),
        Traces.fromEnvironment(environment, DispatcherConfig.TRACED_AS));
  }

  @Override
  public void close() {
    gateway.close();
    topology.close();
    dispatchers.close();
  }
}
