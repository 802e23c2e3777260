package io.dualtrack.local.stack;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.Uuid;

/**
 * Kafka nodes in a process each and a schema registry in another one, for a stack that finds them
 * as {@link KafkaChoice.Outside}. Each process may be killed, frozen and started again.
 */
public final class KafkaCluster implements AutoCloseable {

  private static final String MAIN = "kafka.Kafka";
  private static final String BROKER = "broker";
  private static final String HEAP = "512m";
  private static final long PATIENCE_SECONDS = 90;
  private static final long BETWEEN_QUESTIONS_MILLIS = 250;

  private final List<BrokerNode> nodes;
  private final List<ServiceProcess> brokers;
  private final RegistryServer registry;

  private KafkaCluster(
      List<BrokerNode> nodes, List<ServiceProcess> brokers, RegistryServer registry) {
    this.nodes = nodes;
    this.brokers = brokers;
    this.registry = registry;
  }

  /**
   * Returns once all nodes are in the cluster and the registry answers.
   *
   * @param folder of everything that lasts
   * @param size how many nodes
   * @param ways names of the ways that clients may be sent, see {@link Detour}
   * @throws StackFailure if a part does not start; what had started is stopped again
   */
  public static KafkaCluster start(
      Path folder, int size, Collection<String> ways, StackProgress progress)
      throws IOException, InterruptedException {
    List<BrokerNode> nodes =
        IntStream.rangeClosed(1, size).mapToObj(id -> node(folder, id, ways)).toList();
    List<ServiceProcess> brokers = new ArrayList<>();
    long begin = System.nanoTime();
    RegistryServer registry = null;
    try {
      // One behind the other: on two cores four of them at once would all take long.
      registry = RegistryServer.alone(folder.resolve("registry"));
      String cluster = Uuid.randomUuid().toString();
      for (BrokerNode node : nodes) {
        brokers.add(process(folder, node, nodes, cluster));
      }
      brokers.forEach(ServiceProcess::start);
      KafkaCluster started = new KafkaCluster(nodes, List.copyOf(brokers), registry);
      started.awaitAll();
      progress.step(
          "%d brokers and a registry started (%.1f s)"
              .formatted(size, (System.nanoTime() - begin) / 1e9));
      return started;
    } catch (Exception e) {
      brokers.forEach(ServiceProcess::close);
      if (registry != null) {
        registry.close();
      }
      throw e;
    }
  }

  private static BrokerNode node(Path folder, int id, Collection<String> ways) {
    List<Detour> detours =
        ways.stream()
            .map(way -> new Detour(way, Ports.claimLasting(way), Ports.claimLasting(BROKER)))
            .toList();
    return new BrokerNode(
        id,
        folder.resolve(BROKER + "-" + id),
        Ports.claimLasting(BROKER),
        Ports.claimLasting("controller"),
        detours);
  }

  private static ServiceProcess process(
      Path folder, BrokerNode node, List<BrokerNode> nodes, String cluster) throws IOException {
    try {
      node.format(cluster);
    } catch (Exception e) {
      throw new StackFailure(
          "the broker's folder %s cannot be prepared (%s)".formatted(node.folder(), e.getMessage()),
          e);
    }
    Properties settings = node.settings(nodes);
    Path file = folder.resolve("%s-%d.properties".formatted(BROKER, node.id()));
    try (Writer out = Files.newBufferedWriter(file)) {
      settings.store(out, null);
    }
    return new ServiceProcess(
        BROKER,
        BROKER + "-" + node.id(),
        MAIN,
        List.of(file.toString()),
        HEAP,
        ServiceProcess.ownClassPath(),
        Map.of(),
        folder.resolve("logs"));
  }

  private void awaitAll() throws InterruptedException {
    long giveUp = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000;
    try (Admin admin =
        Admin.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap(),
                AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                1_000))) {
      while (!allThere(admin)) {
        for (ServiceProcess broker : brokers) {
          if (!broker.isAlive()) {
            throw new StackFailure(
                "%s ended while it started: %s".formatted(broker.name(), broker.lastWords()));
          }
        }
        if (System.nanoTime() > giveUp) {
          throw new StackFailure(
              "the brokers are no cluster after %d seconds".formatted(PATIENCE_SECONDS));
        }
        Thread.sleep(BETWEEN_QUESTIONS_MILLIS);
      }
    }
  }

  private boolean allThere(Admin admin) throws InterruptedException {
    try {
      return admin.describeCluster().nodes().get().size() == brokers.size();
    } catch (ExecutionException e) {
      // They do not answer yet.
      return false;
    }
  }

  /** How a stack finds this cluster. */
  public KafkaChoice.Outside choice() {
    return new KafkaChoice.Outside(bootstrap(), registry.url());
  }

  /** Brokers, {@code host:port} separated by commas. */
  public String bootstrap() {
    return nodes.stream().map(BrokerNode::address).collect(Collectors.joining(","));
  }

  /** The nodes' processes; node {@code n} of Kafka is the one at {@code n - 1}. */
  public List<ServiceProcess> brokers() {
    return brokers;
  }

  public RegistryServer registry() {
    return registry;
  }

  /** One way to every broker, in the order of the brokers. */
  public List<Detour> way(String name) {
    return nodes.stream()
        .flatMap(node -> node.detours().stream())
        .filter(detour -> detour.way().equals(name))
        .toList();
  }

  /** Ends all of it at once: nothing here is used again. */
  @Override
  public void close() {
    for (ServiceProcess broker : brokers) {
      if (broker.isAlive()) {
        broker.kill();
      }
    }
    registry.close();
  }
}
