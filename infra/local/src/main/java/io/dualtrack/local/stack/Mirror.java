package io.dualtrack.local.stack;

import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Kafka's MirrorMaker 2 between zones, in a JVM of its own because its libraries are other versions
 * of ours. Control records go from the control zone to the others under the same names; what the
 * others decide, spend and notice goes to the control zone under their name, {@code
 * us.dualtrack.audit}. No topic with text is named.
 */
final class Mirror implements AutoCloseable {

  private static final String MAIN = "org.apache.kafka.connect.mirror.MirrorMaker";
  private static final String HEAP = "256m";
  private static final String SAME_NAMES =
      "org.apache.kafka.connect.mirror.IdentityReplicationPolicy";
  private static final String SINGLE = "1";

  private static final List<Topic<?>> REPORTS =
      List.of(Topics.EXCHANGES, Topics.AUDIT, Topics.DEAD_LETTERS, Topics.SHADOW_QUALITY);

  private final ServiceProcess process;

  private Mirror(ServiceProcess process) {
    this.process = process;
  }

  /**
   * @param folder of its settings and its log
   * @param control name of the control zone
   * @param bootstraps brokers by the zone's name, the control zone's among them
   * @throws StackFailure if it is not built
   */
  static Mirror start(Path folder, String control, SortedMap<String, String> bootstraps)
      throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve("mirror.properties");
    try (Writer out = Files.newBufferedWriter(file)) {
      settings(control, bootstraps).store(out, null);
    }
    ServiceProcess process =
        new ServiceProcess(
            "mirror", "mirror", MAIN, List.of(file.toString()), HEAP, program(), Map.of(), folder);
    process.start();
    return new Mirror(process);
  }

  static Properties settings(String control, SortedMap<String, String> bootstraps) {
    Properties settings = new Properties();
    settings.setProperty("clusters", String.join(", ", bootstraps.keySet()));
    for (String suffix :
        List.of(
            "replication.factor",
            "offset-syncs.topic.replication.factor",
            "config.storage.replication.factor",
            "offset.storage.replication.factor",
            "status.storage.replication.factor")) {
      settings.setProperty(suffix, SINGLE);
    }
    settings.setProperty("refresh.topics.interval.seconds", "5");
    settings.setProperty("sync.topic.acls.enabled", "false");
    settings.setProperty("emit.heartbeats.enabled", "false");
    settings.setProperty("emit.checkpoints.enabled", "false");
    settings.setProperty("offset-syncs.topic.location", "target");
    bootstraps.forEach(
        (zone, bootstrap) -> {
          settings.setProperty(zone + ".bootstrap.servers", bootstrap);
          // What was aborted does not cross.
          settings.setProperty(zone + ".consumer.isolation.level", "read_committed");
        });
    for (String zone : bootstraps.keySet()) {
      if (!zone.equals(control)) {
        String out = control + "->" + zone + ".";
        settings.setProperty(out + "enabled", "true");
        settings.setProperty(out + "topics", names(ControlZone.topics()));
        settings.setProperty(out + "replication.policy.class", SAME_NAMES);
        String back = zone + "->" + control + ".";
        settings.setProperty(back + "enabled", "true");
        settings.setProperty(back + "topics", names(reports()));
      }
    }
    return settings;
  }

  /** What every zone tells the control zone. */
  static List<Topic<?>> reports() {
    return Topics.all().stream()
        .filter(topic -> !topic.text())
        .filter(
            topic ->
                REPORTS.contains(topic)
                    || topic.name().startsWith("dualtrack.cost.")
                    || topic.name().startsWith("dualtrack.abuse."))
        .toList();
  }

  private static String names(List<Topic<?>> topics) {
    return topics.stream()
        .map(topic -> Pattern.quote(topic.name()))
        .collect(Collectors.joining(","));
  }

  private static List<Path> program() throws IOException {
    String set = System.getProperty("dualtrack.mirror");
    Path folder =
        set != null
            ? Path.of(set)
            : JavaProcess.ownCode().toAbsolutePath().getParent().resolve("../../mirror/target/lib");
    if (!Files.isDirectory(folder)) {
      throw new StackFailure(
          "the mirror is not built in %s; build it with `mvn -pl infra/mirror package`"
              .formatted(folder));
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".jar")).toList();
    }
  }

  ServiceProcess process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
  }
}
