package io.dualtrack.local;

import io.dualtrack.local.stack.KafkaChoice;
import io.dualtrack.local.stack.StackOptions;
import java.net.URI;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options that say which Kafka and registry a stack works with. */
final class KafkaOptions {

  static final String BOOTSTRAP = "DUALTRACK_BOOTSTRAP";
  static final String REGISTRY = "DUALTRACK_REGISTRY";

  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT,…",
      description =
          "brokers that exist, in place of one of the stack's own; what clients need to be let in"
              + " is in the file that $DUALTRACK_KAFKA_CONFIG names (default: $"
              + BOOTSTRAP
              + ")")
  private String bootstrap;

  @Option(
      names = "--registry",
      paramLabel = "URL",
      description =
          "schema registry that exists, the base of its Confluent API; goes with --kafka"
              + " (default: $"
              + REGISTRY
              + ")")
  private String registry;

  @Option(
      names = "--kafka-port",
      paramLabel = "PORT",
      description = "the stack's own broker (default: " + StackOptions.DEFAULT_KAFKA_PORT + ")")
  private Integer kafkaPort;

  @Option(
      names = "--registry-port",
      paramLabel = "PORT",
      description =
          "the stack's own schema registry (default: " + StackOptions.DEFAULT_REGISTRY_PORT + ")")
  private Integer registryPort;

  /**
   * What was chosen; options go before the environment.
   *
   * @throws IllegalArgumentException naming what is missing, wrong, or does not go together
   */
  KafkaChoice choice(Map<String, String> environment) {
    String brokers = given(bootstrap, environment.get(BOOTSTRAP));
    String schemas = given(registry, environment.get(REGISTRY));
    if (brokers.isEmpty() && schemas.isEmpty()) {
      return new KafkaChoice.Own(
          kafkaPort == null ? StackOptions.DEFAULT_KAFKA_PORT : kafkaPort,
          registryPort == null ? StackOptions.DEFAULT_REGISTRY_PORT : registryPort);
    }
    if (brokers.isEmpty()) {
      throw alone("--registry", REGISTRY, "--kafka", BOOTSTRAP);
    }
    if (schemas.isEmpty()) {
      throw alone("--kafka", BOOTSTRAP, "--registry", REGISTRY);
    }
    if (kafkaPort != null || registryPort != null) {
      throw new IllegalArgumentException(
          "--kafka-port and --registry-port are of the stack's own broker and registry, and %s of others that exist; leave one or the other out"
              .formatted(said("--kafka", BOOTSTRAP)));
    }
    return new KafkaChoice.Outside(brokers, uri(schemas));
  }

  private static String given(String option, String variable) {
    String text = option != null ? option : variable;
    return text == null ? "" : text.strip();
  }

  private static IllegalArgumentException alone(
      String given, String givenVariable, String missing, String missingVariable) {
    return new IllegalArgumentException(
        "%s is given and %s is not, but the records in a cluster are read with one registry only; give both, or neither for a broker and a registry of the stack's own"
            .formatted(said(given, givenVariable), said(missing, missingVariable)));
  }

  private static String said(String option, String variable) {
    return "%s (or %s)".formatted(option, variable);
  }

  private static URI uri(String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--registry is '%s' and no URL".formatted(text), e);
    }
  }
}
