package io.dualtrack.deployment;

import io.dualtrack.schemas.Component;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;

/**
 * Writes what Kubernetes needs of the catalogue: its topics and the components' users with what
 * each may do, as Strimzi's resources. Run it from the repository's root after a change of either.
 */
public final class KafkaManifests {

  static final String TOPICS = "base/topics.yaml";
  static final String USERS = "base/users.yaml";

  private static final int REPLICAS = 3;
  private static final String HEAD =
      "# Made by io.dualtrack.deployment.KafkaManifests; do not edit.\n";

  private static final Map<ResourceType, String> TYPES =
      Map.of(
          ResourceType.TOPIC, "topic",
          ResourceType.GROUP, "group",
          ResourceType.TRANSACTIONAL_ID, "transactionalId");
  private static final Map<PatternType, String> PATTERNS =
      Map.of(PatternType.LITERAL, "literal", PatternType.PREFIXED, "prefix");

  private KafkaManifests() {}

  /**
   * @param arguments the folder of manifests, {@code infra/kubernetes}
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1) {
      throw new IllegalArgumentException("name one folder, usually infra/kubernetes");
    }
    Path folder = Path.of(arguments[0]);
    Files.writeString(folder.resolve(TOPICS), topics());
    Files.writeString(folder.resolve(USERS), users());
  }

  /** Every topic of the catalogue, as YAML. */
  static String topics() {
    return Topics.all().stream()
        .map(KafkaManifests::topic)
        .collect(Collectors.joining("", HEAD, ""));
  }

  private static String topic(Topic<?> topic) {
    String settings =
        topic.settings().entrySet().stream()
            .map(each -> "    %s: %s\n".formatted(each.getKey(), each.getValue()))
            .collect(Collectors.joining());
    return """
    ---
    apiVersion: kafka.strimzi.io/v1
    kind: KafkaTopic
    metadata:
      name: %s
      labels: {strimzi.io/cluster: kafka}
    spec:
      partitions: %d
      replicas: %d
      config:
    %s\
    """
        .formatted(topic.name(), topic.partitions(Topics.DEFAULT_PARTITIONS), REPLICAS, settings);
  }

  /** A user of each component, as YAML. */
  static String users() {
    return Arrays.stream(Component.values())
        .map(KafkaManifests::user)
        .collect(Collectors.joining("", HEAD, ""));
  }

  private static String user(Component component) {
    String acls =
        component.acls("User:" + component.user()).stream()
            .map(KafkaManifests::acl)
            .collect(Collectors.joining());
    return """
    ---
    apiVersion: kafka.strimzi.io/v1
    kind: KafkaUser
    metadata:
      name: %s
      labels: {strimzi.io/cluster: kafka}
    spec:
      authentication:
        type: scram-sha-512
      authorization:
        type: simple
        acls:
    %s\
    """
        .formatted(component.user(), acls);
  }

  private static String acl(AclBinding acl) {
    String operation = acl.entry().operation().name();
    return "      - {resource: {type: %s, name: %s, patternType: %s}, operations: [%s]}\n"
        .formatted(
            TYPES.get(acl.pattern().resourceType()),
            acl.pattern().name(),
            PATTERNS.get(acl.pattern().patternType()),
            operation.charAt(0) + operation.substring(1).toLowerCase(Locale.ROOT));
  }
}
