package io.dualtrack.local.stack;

import io.dualtrack.schemas.KafkaAccess;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.CommonClientConfigs;

/**
 * A broker that starts and stops with the stack, in its data folder, and a registry that does too
 * or is another zone's.
 */
final class OwnBackbone implements Backbone {

  private static final String PLAIN = "PLAINTEXT";

  private final DataFolder data;
  private final int kafkaPort;
  private final int controllerPort;
  private final URI registry;
  private final boolean ownRegistry;
  private volatile Optional<RegistryServer> registryServer = Optional.empty();

  private OwnBackbone(
      DataFolder data, int kafkaPort, int controllerPort, URI registry, boolean ownRegistry) {
    this.data = data;
    this.kafkaPort = kafkaPort;
    this.controllerPort = controllerPort;
    this.registry = registry;
    this.ownRegistry = ownRegistry;
  }

  /**
   * Finds their ports.
   *
   * @param environment where clients find Kafka's settings, see {@link KafkaAccess}
   * @throws StackFailure if a port is in use, the registry is not unpacked, the folder belongs to
   *     another cluster, or clients would not speak to a broker without security
   */
  static OwnBackbone claim(
      KafkaChoice.Own choice, DataFolder data, Map<String, String> environment) {
    RegistryServer.program();
    int registryPort = Ports.claim("schema registry", "--registry-port", choice.registryPort());
    return claim(choice.kafkaPort(), data, environment, RegistryServer.url(registryPort), true);
  }

  /** The same for a zone that has another one's registry. */
  static OwnBackbone claim(
      KafkaChoice.Zone choice, DataFolder data, Map<String, String> environment) {
    return claim(choice.kafkaPort(), data, environment, choice.control().registry(), false);
  }

  private static OwnBackbone claim(
      int kafkaPort,
      DataFolder data,
      Map<String, String> environment,
      URI registry,
      boolean ownRegistry) {
    ClusterMark.of(data).requireOwn();
    requireNoSecurity(environment);
    return new OwnBackbone(
        data,
        Ports.claim("broker", "--kafka-port", kafkaPort),
        Ports.claim("broker's controller", "--kafka-port", 0),
        registry,
        ownRegistry);
  }

  private static void requireNoSecurity(Map<String, String> environment) {
    String protocol =
        KafkaAccess.of("127.0.0.1", environment)
            .client()
            .getOrDefault(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG, PLAIN);
    if (!protocol.equals(PLAIN)) {
      throw new StackFailure(
          "the file that DUALTRACK_KAFKA_CONFIG names wants %s, which the stack's own broker does not speak; give your brokers with `dualtrack up --kafka HOST:PORT --registry URL`, or unset the variable"
              .formatted(protocol));
    }
  }

  @Override
  public String bootstrap() {
    return "127.0.0.1:" + kafkaPort;
  }

  @Override
  public URI registry() {
    return registry;
  }

  @Override
  public List<CompletableFuture<?>> start(Starter starter, Parts parts) {
    List<CompletableFuture<?>> starting = new ArrayList<>();
    if (ownRegistry) {
      starting.add(
          starter.start(
              "schema registry", Shutdown.Stage.REGISTRY, () -> watched(startRegistry(), parts)));
    }
    starting.add(
        starter.start("broker", Shutdown.Stage.BROKER, () -> watched(startBroker(), parts)));
    return starting;
  }

  @Override
  public Optional<RegistryServer> ownRegistry() {
    return registryServer;
  }

  @Override
  public void provisioned() {
    // The broker's folder says itself whose it is.
  }

  private RegistryServer startRegistry() throws Exception {
    RegistryServer server =
        RegistryServer.start(
            RegistryServer.program(),
            data.of("registry"),
            data.logs().resolve("registry.log"),
            registry.getPort());
    registryServer = Optional.of(server);
    return server;
  }

  private static RegistryServer watched(RegistryServer registry, Parts parts) {
    parts.watch(
        "schema registry",
        registry
            .exit()
            .thenAccept(
                code -> {
                  throw new IllegalStateException("it ended with exit code " + code);
                }));
    return registry;
  }

  private Broker startBroker() {
    return Broker.start(data.of(ClusterMark.OWN_BROKER), kafkaPort, controllerPort);
  }

  private static Broker watched(Broker broker, Parts parts) {
    parts.watch("broker", broker.stopped());
    return broker;
  }
}
