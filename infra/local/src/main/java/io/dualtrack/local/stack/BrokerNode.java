package io.dualtrack.local.stack;

import io.dualtrack.schemas.Replication;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * A Kafka node, broker and controller in one, on loopback only.
 *
 * @param id unique among the nodes of a cluster
 * @param folder of its logs
 * @param port of the broker
 * @param controllerPort of the controller
 * @param detours other ways to the broker, see {@link Detour}
 */
record BrokerNode(int id, Path folder, int port, int controllerPort, List<Detour> detours) {

  private static final String CONTROLLER = "CONTROLLER";
  private static final String PLAIN = "PLAINTEXT";
  private static final int LARGEST_RECORD_BYTES = 9 * 1024 * 1024;

  String address() {
    return "127.0.0.1:" + port;
  }

  /** Prepares the folder at the first start. */
  void format(String cluster) throws Exception {
    Files.createDirectories(folder);
    if (Files.exists(folder.resolve("meta.properties"))) {
      return;
    }
    new Formatter()
        .setPrintStream(
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
        .setNodeId(id)
        .setClusterId(cluster)
        .addDirectory(folder.toString())
        .setControllerListenerName(CONTROLLER)
        .setMetadataLogDirectory(folder.toString())
        .run();
  }

  /**
   * @param all nodes of the cluster, this one among them
   */
  Properties settings(List<BrokerNode> all) {
    Properties settings = new Properties();
    settings.setProperty("process.roles", "broker,controller");
    settings.setProperty("node.id", Integer.toString(id));
    StringBuilder listeners = new StringBuilder(PLAIN + "://" + address());
    StringBuilder advertised = new StringBuilder(listeners);
    StringBuilder protocols = new StringBuilder("PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    for (Detour detour : detours) {
      listeners.append(",%s://127.0.0.1:%d".formatted(detour.listener(), detour.behind()));
      advertised.append(",%s://127.0.0.1:%d".formatted(detour.listener(), detour.port()));
      protocols.append(",%s:PLAINTEXT".formatted(detour.listener()));
    }
    listeners.append(",%s://127.0.0.1:%d".formatted(CONTROLLER, controllerPort));
    settings.setProperty("listeners", listeners.toString());
    settings.setProperty("advertised.listeners", advertised.toString());
    settings.setProperty("listener.security.protocol.map", protocols.toString());
    settings.setProperty("inter.broker.listener.name", PLAIN);
    settings.setProperty("controller.listener.names", CONTROLLER);
    settings.setProperty(
        "controller.quorum.voters",
        all.stream()
            .map(node -> "%d@127.0.0.1:%d".formatted(node.id, node.controllerPort))
            .collect(Collectors.joining(",")));
    settings.setProperty("log.dirs", folder.toString());
    settings.setProperty("auto.create.topics.enable", "false");
    Replication fitting = Replication.fitting(all.size());
    String replicas = Integer.toString(fitting.replicas());
    String inSync = Integer.toString(fitting.inSync());
    settings.setProperty("default.replication.factor", replicas);
    settings.setProperty("min.insync.replicas", inSync);
    settings.setProperty("message.max.bytes", Integer.toString(LARGEST_RECORD_BYTES));
    for (String state : new String[] {"offsets.topic", "transaction.state.log"}) {
      settings.setProperty(state + ".num.partitions", "4");
      settings.setProperty(state + ".replication.factor", replicas);
    }
    settings.setProperty("transaction.state.log.min.isr", inSync);
    settings.setProperty("share.coordinator.state.topic.num.partitions", "1");
    settings.setProperty("share.coordinator.state.topic.replication.factor", replicas);
    settings.setProperty("share.coordinator.state.topic.min.isr", inSync);
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
