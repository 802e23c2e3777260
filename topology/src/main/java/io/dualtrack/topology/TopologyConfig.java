package io.dualtrack.topology;

import io.dualtrack.bodies.FeatureRotation;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Topics;
import io.dualtrack.topology.abuse.AutomaticRule;
import java.io.File;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Settings of one instance.
 *
 * @param kafka where the brokers are
 * @param registry base of the registry's Confluent API
 * @param data folder of this machine for state and secrets; instances may share it
 * @param instance name that stays the same over restarts, unique in the deployment
 * @param partitions partitions of a parallel topic in this deployment
 * @param threads stream threads
 * @param standbys warm copies of each store on other instances
 * @param commitInterval how long a transaction of masses collects, see {@link PromptCommits}
 * @param storeMemoryBytes memory of all stores of the process together: cache and write buffers
 * @param featureSecret secret that features are keyed with, at least 16 bytes; empty for a random
 *     one in the data folder
 * @param featureKeyEpoch number of that secret
 * @param featureRotation when random secrets take turns
 * @param addressFiles MMDB files that countries of addresses are looked up in; empty for the
 *     shipped one
 * @param policyKeys PEM file with the public keys whose policies count; where it is missing none
 *     does
 * @param policyMaxAge from the publication of a policy until it is stale
 * @param subjectKeys folder of the keys that accounts are hidden under in the audit trail
 * @param automatic from which score on clusters of accounts are acted upon; empty for never. The
 *     same for all instances
 */
public record TopologyConfig(
    KafkaAccess kafka,
    URI registry,
    Path data,
    String instance,
    int partitions,
    int threads,
    int standbys,
    Duration commitInterval,
    long storeMemoryBytes,
    Optional<String> featureSecret,
    int featureKeyEpoch,
    FeatureRotation featureRotation,
    List<Path> addressFiles,
    Path policyKeys,
    Duration policyMaxAge,
    Path subjectKeys,
    Optional<AutomaticRule> automatic) {

  /** Name of the application, of its consumer group and of its internal topics' prefix. */
  public static final String APPLICATION = "dualtrack-topology";

  /** Of masses of batches; {@code bench batch --commit-ms} tells what others cost and bring. */
  public static final Duration USUAL_COMMIT_INTERVAL = Duration.ofMillis(300);

  /** Where a data folder has the public keys of policies. */
  public static final String POLICY_KEYS = "keys/policy.pub";

  /** Where a data folder has the keys of subjects. */
  public static final String SUBJECT_KEYS = "subject-keys";

  private static final int POLICY_MAX_AGE_DAYS = 90;
  private static final long MIB = 1024 * 1024;

  public TopologyConfig {
    if (partitions < 1 || threads < 1 || standbys < 0 || featureKeyEpoch < 0) {
      throw new IllegalArgumentException(
          "partitions and threads must be at least 1, standbys and the feature key's epoch at least"
              + " 0");
    }
    if (featureSecret.isPresent()
        && featureSecret.get().getBytes(StandardCharsets.UTF_8).length < 16) {
      throw new IllegalArgumentException(
          "DUALTRACK_FEATURE_SECRET is shorter than 16 bytes; set a longer one, or none");
    }
  }

  /** Usual settings, for one machine. */
  public static TopologyConfig local(
      KafkaAccess kafka, URI registry, Path data, String instance, int partitions) {
    return new TopologyConfig(
        kafka,
        registry,
        data,
        instance,
        partitions,
        2,
        0,
        USUAL_COMMIT_INTERVAL,
        128 * MIB,
        Optional.empty(),
        1,
        FeatureRotation.DEFAULT,
        List.of(),
        data.resolve(POLICY_KEYS),
        Duration.ofDays(POLICY_MAX_AGE_DAYS),
        data.resolve(SUBJECT_KEYS),
        Optional.empty());
  }

  /**
   * Reads settings from environment variables.
   *
   * @throws IllegalArgumentException with a sentence that names the variable, if one is missing or
   *     not understood
   */
  public static TopologyConfig fromEnvironment(Map<String, String> environment) {
    Path data = Path.of(required(environment, "DUALTRACK_DATA"));
    return new TopologyConfig(
        KafkaAccess.fromEnvironment(environment),
        uri(environment, "DUALTRACK_REGISTRY"),
        data,
        environment.getOrDefault("DUALTRACK_INSTANCE", "0"),
        number(environment, "DUALTRACK_PARTITIONS", Topics.DEFAULT_PARTITIONS),
        number(environment, "DUALTRACK_THREADS", 2),
        number(environment, "DUALTRACK_STANDBYS", 0),
        Duration.ofMillis(
            number(environment, "DUALTRACK_COMMIT_MILLIS", (int) USUAL_COMMIT_INTERVAL.toMillis())),
        number(environment, "DUALTRACK_STORE_MEMORY_MB", 128) * MIB,
        Optional.ofNullable(environment.get("DUALTRACK_FEATURE_SECRET"))
            .filter(secret -> !secret.isBlank()),
        number(environment, "DUALTRACK_FEATURE_KEY_EPOCH", 1),
        FeatureRotation.fromEnvironment(environment),
        paths(environment, "DUALTRACK_GEO"),
        path(environment, "DUALTRACK_POLICY_KEYS", data.resolve(POLICY_KEYS)),
        Duration.ofDays(number(environment, "DUALTRACK_POLICY_MAX_AGE_DAYS", POLICY_MAX_AGE_DAYS)),
        path(environment, "DUALTRACK_SUBJECT_KEYS", data.resolve(SUBJECT_KEYS)),
        AutomaticRule.fromEnvironment(environment));
  }

  /** The same with the address files and the automatic actions that an environment names. */
  public TopologyConfig withChoicesOf(Map<String, String> environment) {
    return new TopologyConfig(
        kafka,
        registry,
        data,
        instance,
        partitions,
        threads,
        standbys,
        commitInterval,
        storeMemoryBytes,
        featureSecret,
        featureKeyEpoch,
        featureRotation,
        paths(environment, "DUALTRACK_GEO"),
        policyKeys,
        policyMaxAge,
        subjectKeys,
        AutomaticRule.fromEnvironment(environment));
  }

  /** The same with another interval of commits. */
  public TopologyConfig withCommitInterval(Duration interval) {
    return new TopologyConfig(
        kafka,
        registry,
        data,
        instance,
        partitions,
        threads,
        standbys,
        interval,
        storeMemoryBytes,
        featureSecret,
        featureKeyEpoch,
        featureRotation,
        addressFiles,
        policyKeys,
        policyMaxAge,
        subjectKeys,
        automatic);
  }

  /** The instance's own folder of state. */
  public Path stateFolder() {
    return data.resolve("topology-" + instance);
  }

  private static String required(Map<String, String> environment, String name) {
    String value = environment.get(name);
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(name + " is not set; set it");
    }
    return value;
  }

  private static URI uri(Map<String, String> environment, String name) {
    String value = required(environment, name);
    try {
      return URI.create(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + " is no URL: " + value, e);
    }
  }

  /** Paths, separated as the system separates those of its search path. */
  private static List<Path> paths(Map<String, String> environment, String name) {
    return Arrays.stream(environment.getOrDefault(name, "").split(File.pathSeparator))
        .map(String::strip)
        .filter(path -> !path.isEmpty())
        .map(Path::of)
        .toList();
  }

  private static Path path(Map<String, String> environment, String name, Path otherwise) {
    String value = environment.get(name);
    return value == null || value.isBlank() ? otherwise : Path.of(value.strip());
  }

  private static int number(Map<String, String> environment, String name, int otherwise) {
    String value = environment.get(name);
    if (value == null || value.isBlank()) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(value.strip());
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " is no whole number: " + value, e);
    }
    throw new IllegalArgumentException(name + " is below 0: " + value);
  }
}
