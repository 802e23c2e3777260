package io.dualtrack.local.stack;

import io.dualtrack.topology.TopologyConfig;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How a local stack starts. A port of 0 is a free one.
 *
 * @param data folder of everything that lasts; made where it is missing
 * @param httpPort port of health, metrics and the stack's address
 * @param kafka its own broker and registry, or those that exist
 * @param sandboxPort port of the sandbox
 * @param partitions of a parallel topic; the same at every start with the same folder
 * @param sandboxLatency of every model of the sandbox
 * @param services where topology, dispatchers and gateway run
 * @param commitInterval how long the topology's transactions collect what nobody waits for
 */
public record StackOptions(
    Path data,
    int httpPort,
    KafkaChoice kafka,
    int sandboxPort,
    int partitions,
    Duration sandboxLatency,
    Services services,
    Duration commitInterval) {

  public static final int DEFAULT_HTTP_PORT = 8080;
  public static final int DEFAULT_KAFKA_PORT = 19_092;
  public static final int DEFAULT_REGISTRY_PORT = 18_081;
  public static final int DEFAULT_SANDBOX_PORT = 18_090;
  public static final int DEFAULT_PARTITIONS = 4;
  public static final Duration USUAL_COMMIT_INTERVAL = TopologyConfig.USUAL_COMMIT_INTERVAL;

  /** Where topology, dispatchers and gateway run. */
  public enum Services {
    /** In the stack's own JVM, as the gateway. */
    EMBEDDED,
    /** In a JVM each, from their own mains, so that they can be killed and started again. */
    PROCESSES,
    /**
     * In the stack's own JVM, and the gateway in one of its own. The stack's address is the
     * gateway's then, and has what a gateway on its own has: no {@code /stack}.
     */
    GATEWAY_APART,
    /** As {@link #PROCESSES}, and the gateway apart too. */
    ALL_APART,
    /** As {@link #ALL_APART}, and two of each; a topology has the other one's state warm. */
    ALL_TWICE;

    boolean gatewayApart() {
      return this == GATEWAY_APART || this == ALL_APART || this == ALL_TWICE;
    }

    boolean twice() {
      return this == ALL_TWICE;
    }
  }

  /** Throws an {@link IllegalArgumentException} that names the option that is out of its range. */
  public StackOptions {
    data = data.toAbsolutePath().normalize();
    port("--port", httpPort);
    port("--sandbox-port", sandboxPort);
    if (partitions < 1 || partitions > 1_000) {
      throw new IllegalArgumentException(
          "--partitions is %d; it must be within 1 and 1000".formatted(partitions));
    }
    if (sandboxLatency.isNegative()) {
      throw new IllegalArgumentException("--sandbox-latency is below 0");
    }
  }

  /** With the usual interval of commits. */
  public StackOptions(
      Path data,
      int httpPort,
      KafkaChoice kafka,
      int sandboxPort,
      int partitions,
      Duration sandboxLatency,
      Services services) {
    this(
        data,
        httpPort,
        kafka,
        sandboxPort,
        partitions,
        sandboxLatency,
        services,
        USUAL_COMMIT_INTERVAL);
  }

  /** The documented ports, everything in one JVM, a sandbox that answers at once. */
  public static StackOptions defaults(Path data) {
    return new StackOptions(
        data,
        DEFAULT_HTTP_PORT,
        new KafkaChoice.Own(DEFAULT_KAFKA_PORT, DEFAULT_REGISTRY_PORT),
        DEFAULT_SANDBOX_PORT,
        DEFAULT_PARTITIONS,
        Duration.ZERO,
        Services.EMBEDDED);
  }

  /** The defaults, but on free ports, so that several stacks fit on one machine. */
  public static StackOptions onFreePorts(Path data) {
    return new StackOptions(
        data,
        0,
        new KafkaChoice.Own(0, 0),
        0,
        DEFAULT_PARTITIONS,
        Duration.ZERO,
        Services.EMBEDDED);
  }

  /** {@code ~/.dualtrack}. */
  public static Path defaultData() {
    return Path.of(System.getProperty("user.home"), ".dualtrack");
  }

  public StackOptions withSandboxLatency(Duration latency) {
    return new StackOptions(
        data, httpPort, kafka, sandboxPort, partitions, latency, services, commitInterval);
  }

  public StackOptions withKafka(KafkaChoice which) {
    return new StackOptions(
        data, httpPort, which, sandboxPort, partitions, sandboxLatency, services, commitInterval);
  }

  public StackOptions withPartitions(int number) {
    return new StackOptions(
        data, httpPort, kafka, sandboxPort, number, sandboxLatency, services, commitInterval);
  }

  public StackOptions withServices(Services where) {
    return new StackOptions(
        data, httpPort, kafka, sandboxPort, partitions, sandboxLatency, where, commitInterval);
  }

  /** Of a topology in the stack's own JVM; one in a process of its own has the usual interval. */
  public StackOptions withCommitInterval(Duration interval) {
    return new StackOptions(
        data, httpPort, kafka, sandboxPort, partitions, sandboxLatency, services, interval);
  }

  static void port(String option, int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "%s is %d; a port is within 0 and 65535".formatted(option, port));
    }
  }
}
