package io.dualtrack.local.stack;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;

/** One Kafka node in this JVM, broker and controller in one, on loopback only. */
public final class Broker implements AutoCloseable {

  private static final int NODE = 1;

  private final KafkaRaftServer server;
  private final String bootstrap;
  private final CompletableFuture<Void> stopped;

  private Broker(KafkaRaftServer server, String bootstrap, CompletableFuture<Void> stopped) {
    this.server = server;
    this.bootstrap = bootstrap;
    this.stopped = stopped;
  }

  /**
   * Formats the folder at the first start, and returns once the broker takes requests.
   *
   * @param folder of the broker's logs
   */
  public static Broker start(Path folder, int port, int controllerPort) {
    BrokerNode node = new BrokerNode(NODE, folder, port, controllerPort, List.of());
    CompletableFuture<Void> stopped = new CompletableFuture<>();
    // Kafka ends the JVM where it cannot go on. The other parts are to be stopped first.
    Exit.Procedure dead =
        (status, message) -> {
          stopped.completeExceptionally(
              new IllegalStateException(
                  message == null ? "the broker ended with status " + status : message));
          throw new IllegalStateException("the broker ended with status " + status);
        };
    Exit.setExitProcedure(dead);
    Exit.setHaltProcedure(dead);
    try {
      node.format(Uuid.randomUuid().toString());
    } catch (Exception e) {
      throw new StackFailure(
          "the broker's folder %s cannot be prepared (%s)".formatted(folder, e.getMessage()), e);
    }
    KafkaRaftServer server =
        new KafkaRaftServer(new KafkaConfig(node.settings(List.of(node)), false), Time.SYSTEM);
    server.startup();
    return new Broker(server, node.address(), stopped);
  }

  /** A broker of its own on free ports, for whoever measures one part without the stack. */
  public static Broker alone(Path folder) {
    return start(
        folder,
        Ports.claim("broker", "a port", 0),
        Ports.claim("broker's controller", "a port", 0));
  }

  public String bootstrap() {
    return bootstrap;
  }

  /** Completes at {@link #close}, exceptionally where the broker gives up. */
  CompletableFuture<Void> stopped() {
    return stopped;
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
    stopped.complete(null);
    Exit.resetExitProcedure();
    Exit.resetHaltProcedure();
  }
}
