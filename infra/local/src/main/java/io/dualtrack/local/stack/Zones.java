package io.dualtrack.local.stack;

import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The other zones beside a stack that is the control zone, on one machine: each a whole stack with
 * a broker and a data folder of its own in a process of its own, and the {@link Mirror} between
 * them. Tenants, offerings, policies, prices and suspensions are given in the control zone.
 */
public final class Zones implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Zones.class);
  private static final String HEAP = "1200m";
  private static final long STOPPING_SECONDS = 15;
  private static final String MIRROR = "mirror";
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,19}");

  private final Map<String, URI> gateways = new LinkedHashMap<>();
  private final Map<String, ServiceProcess> stacks = new LinkedHashMap<>();
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private volatile Mirror mirror;

  private Zones() {}

  /**
   * Refuses what are no names of zones.
   *
   * @throws IllegalArgumentException that says why
   */
  public static void check(List<String> names) {
    for (String name : names) {
      if (!NAME.matcher(name).matches() || name.equals(MIRROR)) {
        throw new IllegalArgumentException(
            "--zones has '%s'; a zone's name is of a to z, 0 to 9 and -, 20 at most, begins with a letter and is not %s"
                .formatted(name, MIRROR));
      }
    }
    if (names.size() < 2 || Set.copyOf(names).size() < names.size()) {
      throw new IllegalArgumentException(
          "--zones is '%s'; give two names or more, each once".formatted(String.join(",", names)));
    }
  }

  /**
   * Returns once every zone is ready and has the control zone's records. The others' folders are
   * beside the control zone's, and their ports behind its own, or free ones where those are.
   *
   * @param control the control zone, which runs and closes these when it is closed
   * @param options that the control zone was started with; its broker is its own
   * @param names of the zones, the control zone first
   * @throws StackFailure if a zone does not start; what had started is stopped again
   */
  public static Zones start(
      LocalStack control, StackOptions options, List<String> names, StackProgress progress)
      throws IOException, InterruptedException {
    Zones zones = new Zones();
    control.stopWith(zones);
    try {
      Map<String, StackOptions> others = new LinkedHashMap<>();
      for (int i = 1; i < names.size(); i++) {
        others.put(names.get(i), other(options, control.address(), names.get(i), i));
      }
      zones.boot(
          control.address(), names.get(0), others, options.data().resolveSibling(MIRROR), progress);
      return zones;
    } catch (Exception e) {
      zones.close();
      throw e;
    }
  }

  private static StackOptions other(
      StackOptions control, StackAddress address, String name, int number) {
    KafkaChoice.Own own = (KafkaChoice.Own) control.kafka();
    return new StackOptions(
        control.data().resolveSibling(name),
        port(name, control.httpPort(), number),
        new KafkaChoice.Zone(port(name, own.kafkaPort(), number), address),
        port(name, control.sandboxPort(), number),
        control.partitions(),
        control.sandboxLatency(),
        StackOptions.Services.EMBEDDED);
  }

  /** Known before the zone starts: the mirror has to find its broker. */
  private static int port(String zone, int first, int number) {
    return first == 0 ? Ports.claimLasting("zone " + zone) : first + number;
  }

  private void boot(
      StackAddress control,
      String name,
      Map<String, StackOptions> others,
      Path folder,
      StackProgress progress)
      throws IOException, InterruptedException {
    SortedMap<String, String> bootstraps = new TreeMap<>();
    bootstraps.put(name, control.bootstrap());
    others.forEach(
        (zone, options) -> {
          KafkaChoice.Zone kafka = (KafkaChoice.Zone) options.kafka();
          bootstraps.put(zone, "127.0.0.1:" + kafka.kafkaPort());
          ServiceProcess process = process(zone, options, kafka);
          stacks.put(zone, process);
          process.start();
        });
    for (Map.Entry<String, ServiceProcess> zone : stacks.entrySet()) {
      awaitTopics(zone.getValue(), bootstraps.get(zone.getKey()));
    }
    mirror = Mirror.start(folder, name, bootstraps);
    progress.step("mirror started between " + String.join(", ", bootstraps.keySet()));
    HttpClient client = HttpClient.newHttpClient();
    for (Map.Entry<String, StackOptions> zone : others.entrySet()) {
      URI http = URI.create("http://127.0.0.1:" + zone.getValue().httpPort());
      ServiceProcess process = stacks.get(zone.getKey());
      Services.await(process, () -> Services.saysReady(client, http));
      gateways.put(zone.getKey(), http);
      watch(process);
    }
    watch(mirror.process());
  }

  private static ServiceProcess process(String zone, StackOptions options, KafkaChoice.Zone kafka) {
    String name = "zone-" + zone;
    return new ServiceProcess(
        name,
        name,
        ZoneMain.class.getName(),
        ZoneMain.arguments(options, kafka),
        HEAP,
        ServiceProcess.ownClassPath(),
        Map.of("JDK_JAVA_OPTIONS", ownOptions()),
        options.data().resolve("logs"));
  }

  /** What this JVM was started with for Flink and for finding the registry's program. */
  private static String ownOptions() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(
            option ->
                option.startsWith("--add-")
                    || option.startsWith("-Dorg.apache.avro.")
                    || option.startsWith("-Ddualtrack."))
        .map(option -> '"' + option + '"')
        .collect(Collectors.joining(" "));
  }

  /** The mirror is not to make topics that the zone makes itself, with its own settings. */
  private static void awaitTopics(ServiceProcess zone, String bootstrap)
      throws InterruptedException {
    Set<String> names = Topics.all().stream().map(Topic::name).collect(Collectors.toSet());
    try (Admin admin = Admin.create(KafkaAccess.of(bootstrap, System.getenv()).settings())) {
      Services.await(
          zone,
          () -> {
            try {
              return admin.listTopics().names().get().containsAll(names);
            } catch (ExecutionException e) {
              // It does not answer yet.
              return false;
            }
          });
    }
  }

  private void watch(ServiceProcess process) {
    process
        .ended()
        .thenAccept(
            code ->
                stopped.completeExceptionally(
                    new StackFailure(
                        "%s ended with exit code %d: %s"
                            .formatted(process.name(), code, process.lastWords()))));
  }

  /** Where the other zones' gateways are, by name. */
  public Map<String, URI> gateways() {
    return Map.copyOf(gateways);
  }

  /**
   * Completes at {@link #close}; exceptionally, with a {@link StackFailure}, where a zone or the
   * mirror dies.
   */
  public CompletableFuture<Void> stopped() {
    return stopped;
  }

  /** Asks the mirror and the zones to stop, and returns at once. */
  void askToStop() {
    stopped.complete(null);
    if (mirror != null) {
      mirror.process().stop();
    }
    stacks.values().stream().filter(ServiceProcess::isAlive).forEach(ServiceProcess::stop);
  }

  @Override
  public void close() {
    askToStop();
    List<CompletableFuture<Integer>> stopping =
        stacks.values().stream().map(ServiceProcess::ended).toList();
    try {
      CompletableFuture.allOf(stopping.toArray(CompletableFuture[]::new))
          .get(STOPPING_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("a zone did not stop in time; cause={}", e.toString());
    }
    stacks.values().forEach(ServiceProcess::close);
    if (mirror != null) {
      mirror.close();
    }
  }
}
