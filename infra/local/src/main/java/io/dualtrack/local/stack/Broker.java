package io.dualtrack.local.stack;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/** One Kafka node in this JVM, broker and controller in one, on loopback only. */
public final class Broker implements AutoCloseable {

  private static final int NODE = 1;
  private static final String CONTROLLER = "CONTROLLER";
  private static final int LARGEST_RECORD_BYTES = 9 * 1024 * 1024;

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
      format(folder);
    } catch (Exception e) {
      throw new StackFailure(
          "the broker's folder %s cannot be prepared (%s)".formatted(folder, e.getMessage()), e);
    }
    KafkaRaftServer server =
        new KafkaRaftServer(
            new KafkaConfig(settings(folder, port, controllerPort), false), Time.SYSTEM);
    server.startup();
    return new Broker(server, "127.0.0.1:" + port, stopped);
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

  private static void format(Path folder) throws Exception {
    Files.createDirectories(folder);
    if (Files.exists(folder.resolve("meta.properties"))) {
      return;
    }
    new Formatter()
        .setPrintStream(
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
        .setNodeId(NODE)
        .setClusterId(Uuid.randomUuid().toString())
        .addDirectory(folder.toString())
        .setControllerListenerName(CONTROLLER)
        .setMetadataLogDirectory(folder.toString())
        .run();
  }

  private static Properties settings(Path folder, int port, int controllerPort) {
    Properties settings = new Properties();
    settings.setProperty("process.roles", "broker,controller");
    settings.setProperty("node.id", Integer.toString(NODE));
    settings.setProperty(
        "listeners",
        "PLAINTEXT://127.0.0.1:%d,%s://127.0.0.1:%d".formatted(port, CONTROLLER, controllerPort));
    settings.setProperty("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
    settings.setProperty(
        "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    settings.setProperty("controller.listener.names", CONTROLLER);
    settings.setProperty(
        "controller.quorum.voters", "%d@127.0.0.1:%d".formatted(NODE, controllerPort));
    settings.setProperty("log.dirs", folder.toString());
    settings.setProperty("auto.create.topics.enable", "false");
    settings.setProperty("default.replication.factor", "1");
    settings.setProperty("min.insync.replicas", "1");
    settings.setProperty("message.max.bytes", Integer.toString(LARGEST_RECORD_BYTES));
    for (String state : new String[] {"offsets.topic", "transaction.state.log"}) {
      settings.setProperty(state + ".num.partitions", "4");
      settings.setProperty(state + ".replication.factor", "1");
    }
    settings.setProperty("transaction.state.log.min.isr", "1");
    settings.setProperty("share.coordinator.state.topic.num.partitions", "1");
    settings.setProperty("share.coordinator.state.topic.replication.factor", "1");
    settings.setProperty("share.coordinator.state.topic.min.isr", "1");
    settings.setProperty("group.initial.rebalance.delay.ms", "0");
    // After a hard stop a job commits what its last checkpoint covers. The broker, back first,
    // would abort it as timed out if the stack was down for long.
    settings.setProperty("transaction.abort.timed.out.transaction.cleanup.interval.ms", "30000");
    settings.setProperty("num.network.threads", "2");
    settings.setProperty("num.io.threads", "4");
    settings.setProperty("num.recovery.threads.per.data.dir", "2");
    settings.setProperty("log.cleaner.dedupe.buffer.size", Integer.toString(16 * 1024 * 1024));
    settings.setProperty("log.cleaner.io.buffer.size", Integer.toString(512 * 1024));
    settings.setProperty("log.index.size.max.bytes", Integer.toString(1024 * 1024));
    settings.setProperty("metadata.log.segment.bytes", Integer.toString(32 * 1024 * 1024));
    return settings;
  }
}
