package io.dualtrack.local.stack;

import io.dualtrack.gateway.GatewayConfig;
import io.dualtrack.gateway.GatewayMain;
import io.dualtrack.gateway.GatewayService;
import io.dualtrack.inference.DispatcherConfig;
import io.dualtrack.inference.DispatcherMain;
import io.dualtrack.inference.DispatcherService;
import io.dualtrack.inference.access.Hosts;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.texts.TextKeys;
import io.dualtrack.topology.TopologyConfig;
import io.dualtrack.topology.TopologyMain;
import io.dualtrack.topology.TopologyService;
import io.dualtrack.warehouse.WarehouseConfig;
import io.dualtrack.warehouse.WarehouseService;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.common.GroupState;

/** Topology, dispatchers and gateway, as both ways of running them set them up. */
final class Services {

  static final String TOPOLOGY = "topology";
  static final String GATEWAY = "gateway";
  static final String WAREHOUSE = "warehouse";

  private static final String INSTANCE = "0";
  private static final String HEAP = "512m";

  /** Batches of any length have to do with it. */
  private static final String GATEWAY_HEAP = "256m";

  private static final String PORT = "DUALTRACK_PORT";
  private static final String DATA = "DUALTRACK_DATA";
  private static final String HOSTS = "DUALTRACK_HOSTS";
  private static final String FILES = "DUALTRACK_FILES";

  /** Whether the gateway serves the console; here it follows its topics once somebody looks. */
  private static final String CONSOLE = "DUALTRACK_CONSOLE";

  private static final String ON_DEMAND = "on-demand";

  /** Where the gateway finds the topology's secret of features. */
  private static final String FEATURES = "DUALTRACK_FEATURE_FOLDER";

  private static final String SANDBOX = "sandbox";

  /** The dispatcher fills in what an offering speaks and what it is called. */
  private static final String SANDBOX_PATH = "/:dialect/:offering/v1";

  private static final Duration PATIENCE = Duration.ofSeconds(180);
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(200);

  private final StackAddress address;
  private final int partitions;
  private final Duration commitInterval;
  private final StackTraces traces;

  /**
   * @param commitInterval of a topology in this JVM
   */
  Services(StackAddress address, int partitions, Duration commitInterval, StackTraces traces) {
    this.address = address;
    this.partitions = partitions;
    this.commitInterval = commitInterval;
    this.traces = traces;
  }

  static String dispatcher(Lane lane) {
    return "dispatcher-" + lane.name().toLowerCase(Locale.ROOT);
  }

  /** In the stack's own JVM, which answers for itself on the gateway's port too. */
  static GatewayService gateway(
      KafkaAccess kafka,
      int port,
      Path data,
      SchemaRegistry registry,
      MeterRegistry meters,
      StackTraces traces) {
    Map<String, String> environment = StackTexts.environment(data);
    environment.put(DATA, gatewayData(data));
    environment.put(FEATURES, data.toString());
    environment.putIfAbsent(CONSOLE, ON_DEMAND);
    return new GatewayService(
        GatewayConfig.of(kafka, INSTANCE, port), environment, registry, meters, traces.gateway());
  }

  /** The same in either way, so that a stack finds its files however it was started before. */
  private static String gatewayData(Path data) {
    return data.resolve("gateway").toString();
  }

  TopologyService topology(SchemaRegistry registry, MeterRegistry meters)
      throws InterruptedException {
    return new TopologyService(
        TopologyConfig.local(
                address.kafka(), address.registry(), address.data(), INSTANCE, partitions)
            .withChoicesOf(System.getenv())
            .withCommitInterval(commitInterval),
        registry,
        meters,
        traces.topology());
  }

  DispatcherService dispatcher(Lane lane, SchemaRegistry registry, MeterRegistry meters) {
    return new DispatcherService(
        DispatcherConfig.of(
            lane,
            address.kafka(),
            INSTANCE,
            Map.of(SANDBOX, URI.create(address.sandbox() + SANDBOX_PATH)),
            environment(address.data())),
        registry,
        meters,
        traces.dispatchers());
  }

  /** In the stack's own JVM in either way; empty where the environment names no database. */
  Optional<WarehouseService> warehouse(SchemaRegistry registry, MeterRegistry meters) {
    Map<String, String> environment = new HashMap<>(System.getenv());
    if (environment.getOrDefault(WarehouseConfig.DATABASE, "").isBlank()) {
      return Optional.empty();
    }
    environment.put("DUALTRACK_BOOTSTRAP", address.bootstrap());
    environment.putIfAbsent("DUALTRACK_ARCHIVE", address.data().resolve("archive").toString());
    return Optional.of(
        new WarehouseService(WarehouseConfig.fromEnvironment(environment), registry, meters));
  }

  /**
   * Models that are served on this machine may be called, unless the environment says otherwise.
   */
  private static Map<String, String> environment(Path data) {
    Map<String, String> environment = StackTexts.environment(data);
    environment.putIfAbsent(HOSTS, Hosts.LOOPBACK);
    environment.putIfAbsent(FILES, files(data));
    return environment;
  }

  /** The gateway's, where dispatchers find bodies that are too large for orders. */
  static String files(Path data) {
    return Path.of(gatewayData(data)).resolve("files").toString();
  }

  /**
   * @param standbys warm copies of each store on other instances
   */
  ServiceProcess topologyProcess(int standbys) {
    return process(
        TOPOLOGY,
        TopologyMain.class,
        HEAP,
        Map.of("DUALTRACK_STANDBYS", Integer.toString(standbys)));
  }

  ServiceProcess dispatcherProcess(Lane lane) {
    return process(
        dispatcher(lane),
        DispatcherMain.class,
        HEAP,
        Map.of(
            "DUALTRACK_LANE",
            lane.name(),
            "DUALTRACK_ENDPOINTS",
            SANDBOX + "=" + address.sandbox() + SANDBOX_PATH,
            HOSTS,
            System.getenv().getOrDefault(HOSTS, Hosts.LOOPBACK),
            FILES,
            System.getenv().getOrDefault(FILES, files(address.data()))));
  }

  /** Listens where the stack's address says. */
  ServiceProcess gatewayProcess() {
    return process(
        GATEWAY,
        GatewayMain.class,
        GATEWAY_HEAP,
        Map.of(
            "DUALTRACK_HOST",
            address.http().getHost(),
            PORT,
            Integer.toString(address.http().getPort()),
            DATA,
            gatewayData(address.data()),
            FEATURES,
            address.data().toString(),
            CONSOLE,
            System.getenv().getOrDefault(CONSOLE, ON_DEMAND)));
  }

  /** Listens on a port of its own, and has the same files and keys. */
  ServiceProcess secondGateway(ServiceProcess first) {
    ServiceProcess second = first.another(1);
    second.set(PORT, Integer.toString(Ports.claim("second gateway", "a port", 0)));
    return second;
  }

  private ServiceProcess process(String name, Class<?> main, String heap, Map<String, String> own) {
    Map<String, String> environment = new HashMap<>();
    environment.put("DUALTRACK_BOOTSTRAP", address.bootstrap());
    environment.put("DUALTRACK_REGISTRY", address.registry().toString());
    environment.put(DATA, address.data().toString());
    environment.put(ServiceProcess.INSTANCE, INSTANCE);
    environment.put("DUALTRACK_PARTITIONS", Integer.toString(partitions));
    Map<String, String> texts = StackTexts.environment(address.data());
    for (String variable : List.of(TextKeys.VARIABLE, TextKeys.SUBJECTS_VARIABLE)) {
      Optional.ofNullable(texts.get(variable)).ifPresent(keys -> environment.put(variable, keys));
    }
    environment.putAll(own);
    return new ServiceProcess(
        name, main.getName(), heap, environment, address.data().resolve("logs"));
  }

  /**
   * Waits for what a service says of itself.
   *
   * @throws StackFailure if it is not ready in time
   */
  static void await(String name, CompletableFuture<Void> ready)
      throws ExecutionException, InterruptedException {
    try {
      ready.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new StackFailure(
          "the %s is not ready after %d seconds".formatted(name, PATIENCE.toSeconds()), e);
    }
  }

  /**
   * Waits until a service in another process works: the gateway says so itself, of the others the
   * outside sees that they have partitions to work on.
   *
   * @throws StackFailure if it ends first, or takes too long
   */
  void await(ServiceProcess process) throws InterruptedException {
    if (process.service().equals(GATEWAY)) {
      HttpClient client = HttpClient.newHttpClient();
      URI http =
          URI.create("http://%s:%s".formatted(address.http().getHost(), process.setting(PORT)));
      await(process, () -> saysReady(client, http));
      return;
    }
    String group = "dualtrack-" + process.service();
    try (Admin admin = Admin.create(address.kafka().settings())) {
      await(process, () -> hasPartitions(admin, group));
    }
  }

  /** A question that an interrupt ends. */
  interface Question {
    boolean answer() throws InterruptedException;
  }

  /**
   * Waits until something is so, or a process ends.
   *
   * @throws StackFailure if it ends first, or takes too long
   */
  static void await(ServiceProcess process, Question ready) throws InterruptedException {
    long giveUp = System.nanoTime() + PATIENCE.toNanos();
    while (!ready.answer()) {
      if (!process.isAlive()) {
        throw new StackFailure(
            "the %s ended while it started: %s".formatted(process.name(), process.lastWords()));
      }
      if (System.nanoTime() > giveUp) {
        throw new StackFailure(
            "the %s is not ready after %d seconds".formatted(process.name(), PATIENCE.toSeconds()));
      }
      Thread.sleep(BETWEEN_QUESTIONS.toMillis());
    }
  }

  /** Whether a gateway, or a stack with one, answers that it works. */
  static boolean saysReady(HttpClient client, URI http) throws InterruptedException {
    HttpRequest question =
        HttpRequest.newBuilder(http.resolve("/readyz")).timeout(Duration.ofSeconds(5)).build();
    try {
      return client.send(question, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      // It does not listen yet.
      return false;
    }
  }

  private static boolean hasPartitions(Admin admin, String group) throws InterruptedException {
    try {
      ConsumerGroupDescription found =
          admin.describeConsumerGroups(List.of(group)).describedGroups().get(group).get();
      return found.groupState() == GroupState.STABLE
          && found.members().stream()
              .anyMatch(member -> !member.assignment().topicPartitions().isEmpty());
    } catch (ExecutionException e) {
      // No such group yet.
      return false;
    }
  }
}
