package io.dualtrack.deployment;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.files.FileStoreConfig;
import io.dualtrack.gateway.GatewayConfig;
import io.dualtrack.inference.DispatcherConfig;
import io.dualtrack.metrics.ProcessMetrics;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.topology.TopologyConfig;
import io.dualtrack.warehouse.WarehouseConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Has processes read the environment that a deployment gives them, by their own code. */
final class ProcessSettings {

  static final List<String> PROCESSES =
      List.of("gateway", "topology", "dispatcher-api", "dispatcher-local", "audit", "warehouse");

  private static final String KAFKA_CONFIG = "DUALTRACK_KAFKA_CONFIG";
  private static final Pattern VARIABLE = Pattern.compile("DUALTRACK_[A-Z0-9_]*[A-Z0-9]");

  private ProcessSettings() {}

  /** Of a StatefulSet, with what it takes of config maps; values of secrets are made up. */
  static void read(String process, List<Manifest> manifests) throws IOException {
    Manifest manifest = named(manifests, "StatefulSet", process);
    Map<String, String> environment = new HashMap<>();
    JsonNode container = manifest.json().at("/spec/template/spec/containers/0");
    for (JsonNode from : container.path("envFrom")) {
      named(manifests, "ConfigMap", from.at("/configMapRef/name").asText())
          .json()
          .path("data")
          .fields()
          .forEachRemaining(each -> environment.put(each.getKey(), each.getValue().asText()));
    }
    for (JsonNode variable : container.path("env")) {
      environment.put(
          variable.path("name").asText(),
          variable.path("value").asText("a-value-of-sixteen-bytes-or-more"));
    }
    String kafka =
        named(manifests, "ConfigMap", "kafka-client").json().at("/data/kafka.properties").asText();
    read(process, environment, kafka);
  }

  /**
   * @param kafka contents of the file that {@code DUALTRACK_KAFKA_CONFIG} names; empty where it
   *     names none
   * @throws IllegalArgumentException if a variable is missing, wrong, or read by nobody
   */
  static void read(String process, Map<String, String> given, String kafka) throws IOException {
    Map<String, String> environment = new HashMap<>(given);
    Set<String> unread = new TreeSet<>(environment.keySet());
    unread.removeIf(name -> !name.startsWith("DUALTRACK_"));
    unread.removeAll(known());
    if (!unread.isEmpty()) {
      throw new IllegalArgumentException("nobody reads " + unread);
    }
    if (environment.containsKey(KAFKA_CONFIG)) {
      Path file = Files.createTempFile("kafka", ".properties");
      file.toFile().deleteOnExit();
      environment.put(KAFKA_CONFIG, Files.writeString(file, kafka).toString());
    }
    environment.remove("DUALTRACK_METRICS_PORT");
    ProcessMetrics.fromEnvironment(environment).close();
    KafkaAccess.fromEnvironment(environment);
    switch (process) {
      case "gateway" -> {
        GatewayConfig.fromEnvironment(environment);
        FileStoreConfig.of(environment, Path.of(environment.get("DUALTRACK_DATA")));
      }
      case "topology" -> TopologyConfig.fromEnvironment(environment);
      case "dispatcher-api", "dispatcher-local" -> DispatcherConfig.fromEnvironment(environment);
      case "warehouse" -> WarehouseConfig.fromEnvironment(environment);
      case "audit" ->
          List.of(
                  "DUALTRACK_CHECKPOINTS",
                  "DUALTRACK_AUDIT_KEY",
                  "DUALTRACK_REGISTRY",
                  "DUALTRACK_DATA")
              .forEach(name -> GatewayConfig.required(environment, name));
      default -> throw new IllegalArgumentException("no process is called " + process);
    }
  }

  /** Every variable that any process names. */
  private static Set<String> known() {
    Set<String> known = new TreeSet<>();
    for (String folder : List.of("schemas", "topology", "connectors", "jobs")) {
      for (Path source : Repository.files(folder, ".java")) {
        if (source.toString().contains("/src/main/")) {
          Matcher names = VARIABLE.matcher(Repository.text(source));
          while (names.find()) {
            known.add(names.group());
          }
        }
      }
    }
    return known;
  }

  private static Manifest named(List<Manifest> manifests, String kind, String name) {
    return manifests.stream()
        .filter(each -> each.kind().equals(kind) && each.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no " + kind + " is called " + name));
  }
}
