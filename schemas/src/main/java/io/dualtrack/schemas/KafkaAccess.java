package io.dualtrack.schemas;

import java.io.IOException;
import java.io.Reader;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;

/**
 * Where Kafka is, and what its clients need to be let in.
 *
 * <p>The same file serves every client of a process, as the {@code --command-config} of Kafka's own
 * tools does. It holds what a deployment decides: security, the network, the rack. What guarantees
 * rest on (acknowledgements, isolation, transactions, groups) is not to be set from outside, so a
 * file that tries is refused.
 *
 * @param bootstrap brokers, {@code host:port} separated by commas
 * @param client Kafka's client settings by their own names; may hold secrets
 */
public record KafkaAccess(String bootstrap, Map<String, String> client) implements Serializable {

  /** Names of settings, or their beginnings, that a deployment may decide. */
  private static final List<String> OPEN =
      List.of(
          "security.",
          "sasl.",
          "ssl.",
          "config.providers",
          "client.rack",
          "client.dns.lookup",
          "connections.max.idle.ms",
          "metadata.max.age.ms",
          "receive.buffer.bytes",
          "reconnect.backoff.",
          "send.buffer.bytes",
          "socket.connection.setup.");

  /**
   * @throws IllegalArgumentException if there is no broker, or a setting is not a deployment's
   */
  public KafkaAccess {
    if (bootstrap == null || bootstrap.isBlank()) {
      throw new IllegalArgumentException(
          "no broker is named; set DUALTRACK_BOOTSTRAP to host:port, several separated by commas");
    }
    client = Map.copyOf(client);
    for (String name : client.keySet()) {
      if (OPEN.stream().noneMatch(name::startsWith)) {
        throw new IllegalArgumentException(
            "the Kafka setting %s is not to be set from outside; take it out (settings may begin with %s)"
                .formatted(name, String.join(", ", OPEN)));
      }
    }
  }

  /** Brokers that let everybody in. */
  public static KafkaAccess at(String bootstrap) {
    return new KafkaAccess(bootstrap, Map.of());
  }

  /**
   * Reads {@code DUALTRACK_BOOTSTRAP}, and the file of Java properties that {@code
   * DUALTRACK_KAFKA_CONFIG} names, where it does.
   *
   * @throws IllegalArgumentException naming the variable or the setting that is missing or wrong
   */
  public static KafkaAccess fromEnvironment(Map<String, String> environment) {
    return of(environment.get("DUALTRACK_BOOTSTRAP"), environment);
  }

  /** Brokers known otherwise, with the settings of {@code DUALTRACK_KAFKA_CONFIG}. */
  public static KafkaAccess of(String bootstrap, Map<String, String> environment) {
    String file = environment.get("DUALTRACK_KAFKA_CONFIG");
    return new KafkaAccess(
        bootstrap, file == null || file.isBlank() ? Map.of() : read(Path.of(file.strip())));
  }

  private static Map<String, String> read(Path file) {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(in);
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "DUALTRACK_KAFKA_CONFIG names %s, which cannot be read as Java properties"
              .formatted(file),
          e);
    }
    Map<String, String> settings = new HashMap<>();
    properties
        .stringPropertyNames()
        .forEach(name -> settings.put(name, properties.getProperty(name).strip()));
    return settings;
  }

  /** What every client is made with; a new map that may be added to. */
  public Map<String, Object> settings() {
    Map<String, Object> settings = new HashMap<>(client);
    settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    return settings;
  }

  /** Without the settings, which may be secret. */
  @Override
  public String toString() {
    return "KafkaAccess[" + bootstrap + "]";
  }
}
