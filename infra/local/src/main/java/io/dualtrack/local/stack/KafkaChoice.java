package io.dualtrack.local.stack;

import java.net.URI;
import java.util.Arrays;
import java.util.regex.Pattern;

/** Which Kafka and which schema registry a stack works with. */
public sealed interface KafkaChoice {

  /**
   * A broker and a registry of the stack's own, in its data folder. A port of 0 is a free one.
   *
   * @param kafkaPort port of the broker
   * @param registryPort port of the schema registry
   */
  record Own(int kafkaPort, int registryPort) implements KafkaChoice {

    /** Throws an {@link IllegalArgumentException} that names the option that is out of range. */
    public Own {
      StackOptions.port("--kafka-port", kafkaPort);
      StackOptions.port("--registry-port", registryPort);
    }
  }

  /**
   * A broker of the stack's own, in its data folder, for a zone beside another one. What is given
   * in the control zone comes here by a mirror that somebody runs (see {@link Zones}), byte for
   * byte: so the schemas' ids in it are those of the control zone's registry, and the zone has
   * none.
   *
   * @param kafkaPort port of the broker, or 0 for a free one
   * @param control where tenants, offerings, policies, prices and suspensions are given
   */
  record Zone(int kafkaPort, StackAddress control) implements KafkaChoice {

    /** Throws an {@link IllegalArgumentException} that names the option that is out of range. */
    public Zone {
      StackOptions.port("--kafka-port", kafkaPort);
    }
  }

  /**
   * Brokers and a registry that exist. The stack makes what is missing in them and leaves them
   * running. Always both: a cluster's records name their schemas by the ids of one registry, which
   * has to last as long as they do.
   *
   * @param bootstrap brokers, {@code host:port} separated by commas
   * @param registry base of the registry's Confluent API
   */
  record Outside(String bootstrap, URI registry) implements KafkaChoice {

    private static final Pattern BROKER = Pattern.compile("\\S+:\\d{1,5}");

    /** Throws an {@link IllegalArgumentException} that names the option that cannot be used. */
    public Outside {
      if (bootstrap.isBlank()
          || !Arrays.stream(bootstrap.split(",", -1))
              .allMatch(broker -> BROKER.matcher(broker.strip()).matches())) {
        throw new IllegalArgumentException(
            "--kafka is '%s'; give HOST:PORT, several separated by commas".formatted(bootstrap));
      }
      boolean http = "http".equals(registry.getScheme()) || "https".equals(registry.getScheme());
      if (!http || registry.getHost() == null) {
        throw new IllegalArgumentException(
            "--registry is '%s'; give the base of its Confluent API, such as http://HOST:8081 (Apicurio: http://HOST:8080/apis/ccompat/v7)"
                .formatted(registry));
      }
      registry = URI.create(registry.toString().replaceAll("/+$", ""));
    }
  }
}
