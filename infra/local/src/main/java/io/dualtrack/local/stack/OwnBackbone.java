package io.dualtrack.local.stack;

import io.dualtrack.schemas.KafkaAccess;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.CommonClientConfigs;

/** A broker and a registry that start and stop with the stack, in its data folder. */
final class OwnBackbone implements Backbone {

  private static final String PLAIN = "PLAINTEXT";

  private final DataFolder data;
  private final Path registryProgram;
  private final int kafkaPort;
  private final int registryPort;
  private final int controllerPort;
  private volatile Optional<RegistryServer> registryServer = Optional.empty();

  private OwnBackbone(
      DataFolder data, Path registryProgram, int kafkaPort, int registryPort, int controllerPort) {
    this.data = data;
    this.registryProgram = registryProgram;
    this.kafkaPort = kafkaPort;
    this.registryPort = registryPort;
    this.controllerPort = controllerPort;
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
    ClusterMark.of(data).requireOwn();
    requireNoSecurity(environment);
    return new OwnBackbone(
        data,
        RegistryServer.program(),
        Ports.claim("broker", "--kafka-port", choice.kafkaPort()),
        Ports.claim("schema registry", "--registry-port", choice.registryPort()),
        Ports.claim("broker's controller", "--kafka-port", 0));
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
    return RegistryServer.url(registryPort);
  }

  @Override
  public List<CompletableFuture<?>> start(Starter starter, Parts parts) {
    return List.of(
        starter.start(
            "schema registry", Shutdown.Stage.REGISTRY, () -> watched(startRegistry(), parts)),
        starter.start("broker", Shutdown.Stage.BROKER, () -> watched(startBroker(), parts)));
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
            registryProgram,
            data.of("registry"),
            data.logs().resolve("registry.log"),
            registryPort);
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
