package io.dualtrack.inference;

import io.dualtrack.files.FileStoreConfig;
import io.dualtrack.inference.access.Credentials;
import io.dualtrack.inference.access.Egress;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How a dispatcher is set up.
 *
 * @param lane whose orders it takes
 * @param kafka where the brokers are
 * @param instance name of this process, stable over restarts and unique in its lane
 * @param endpoints base URL by name, for offerings that name their endpoint
 * @param credentials keys of the providers
 * @param egress how calls leave the process
 * @param maxPending orders of one service class that are taken and not completed; bounds calls in
 *     flight too
 * @param maxPendingBytes of the bodies of those orders
 * @param maxCalls calls that are made for one order at most, before another offering is tried
 * @param drain how long a stop waits for calls that are out
 * @param batchCollect how long the first order of a provider's batch waits for others
 * @param batchPoll how often a provider is asked how far a batch is
 * @param files where bodies are that are too large for an order; without it such orders fail
 */
public record DispatcherConfig(
    Lane lane,
    KafkaAccess kafka,
    String instance,
    Map<String, URI> endpoints,
    Credentials credentials,
    Egress egress,
    int maxPending,
    long maxPendingBytes,
    int maxCalls,
    Duration drain,
    Duration batchCollect,
    Duration batchPoll,
    Optional<FileStoreConfig> files) {

  /** Name of dispatchers in traces. */
  public static final String TRACED_AS = "dualtrack-dispatcher";

  private static final int DEFAULT_PENDING = 4_000;
  private static final long DEFAULT_PENDING_BYTES = 128L * 1024 * 1024;
  private static final int DEFAULT_CALLS = 3;
  private static final Duration DEFAULT_DRAIN = Duration.ofSeconds(10);
  private static final Duration DEFAULT_BATCH_COLLECT = Duration.ofSeconds(30);
  private static final Duration DEFAULT_BATCH_POLL = Duration.ofSeconds(15);

  public DispatcherConfig {
    endpoints = Map.copyOf(endpoints);
    if (instance.isBlank() || maxPending < 1 || maxPendingBytes < 1 || maxCalls < 1) {
      throw new IllegalArgumentException(
          "instance must not be blank, and the bounds of a dispatcher must be positive");
    }
  }

  /**
   * The usual bounds.
   *
   * @param keys the providers' keys, and the settings of {@link Egress}, {@link Credentials} and
   *     {@link FileStoreConfig}
   */
  public static DispatcherConfig of(
      Lane lane,
      KafkaAccess kafka,
      String instance,
      Map<String, URI> endpoints,
      Map<String, String> keys) {
    return new DispatcherConfig(
        lane,
        kafka,
        instance,
        endpoints,
        new Credentials(keys),
        Egress.fromEnvironment(keys),
        DEFAULT_PENDING,
        DEFAULT_PENDING_BYTES,
        DEFAULT_CALLS,
        DEFAULT_DRAIN,
        DEFAULT_BATCH_COLLECT,
        DEFAULT_BATCH_POLL,
        files(keys));
  }

  private static Optional<FileStoreConfig> files(Map<String, String> environment) {
    String data = environment.get("DUALTRACK_DATA");
    return data == null && !environment.containsKey("DUALTRACK_FILES")
        ? Optional.empty()
        : Optional.of(FileStoreConfig.of(environment, Path.of(data == null ? "." : data)));
  }

  /**
   * Reads {@code DUALTRACK_LANE}, {@code DUALTRACK_BOOTSTRAP}, {@code DUALTRACK_INSTANCE}, {@code
   * DUALTRACK_ENDPOINTS}, {@code DUALTRACK_DRAIN_SECONDS}, {@code DUALTRACK_BATCH_COLLECT_SECONDS}
   * and {@code DUALTRACK_BATCH_POLL_SECONDS}; the providers' keys stay in the environment, by the
   * names that the offerings give.
   *
   * @throws IllegalArgumentException naming the variable that is missing or wrong
   */
  public static DispatcherConfig fromEnvironment(Map<String, String> environment) {
    DispatcherConfig usual =
        of(
            lane(environment),
            KafkaAccess.fromEnvironment(environment),
            environment.getOrDefault("DUALTRACK_INSTANCE", "0"),
            endpoints(environment.getOrDefault("DUALTRACK_ENDPOINTS", "")),
            environment);
    return usual
        .withDrain(seconds(environment, "DUALTRACK_DRAIN_SECONDS", DEFAULT_DRAIN))
        .withBatchTimes(
            seconds(environment, "DUALTRACK_BATCH_COLLECT_SECONDS", DEFAULT_BATCH_COLLECT),
            seconds(environment, "DUALTRACK_BATCH_POLL_SECONDS", DEFAULT_BATCH_POLL));
  }

  public DispatcherConfig withDrain(Duration wait) {
    return new DispatcherConfig(
        lane,
        kafka,
        instance,
        endpoints,
        credentials,
        egress,
        maxPending,
        maxPendingBytes,
        maxCalls,
        wait,
        batchCollect,
        batchPoll,
        files);
  }

  public DispatcherConfig withBatchTimes(Duration collect, Duration poll) {
    return new DispatcherConfig(
        lane,
        kafka,
        instance,
        endpoints,
        credentials,
        egress,
        maxPending,
        maxPendingBytes,
        maxCalls,
        drain,
        collect,
        poll,
        files);
  }

  /** Kafka's group of all dispatchers of the lane. */
  String group() {
    return "dualtrack-dispatcher-" + lane.name().toLowerCase(Locale.ROOT);
  }

  /** Names this process among the members of {@link #group}, and to Kafka's transactions. */
  String member() {
    return group() + "-" + instance;
  }

  static String required(Map<String, String> environment, String variable) {
    String value = environment.get(variable);
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(variable + " is not set");
    }
    return value.strip();
  }

  private static Lane lane(Map<String, String> environment) {
    String name = required(environment, "DUALTRACK_LANE");
    for (Lane lane : Lane.values()) {
      if (lane.name().equalsIgnoreCase(name)) {
        return lane;
      }
    }
    throw new IllegalArgumentException("DUALTRACK_LANE must be API or LOCAL, not " + name);
  }

  private static Map<String, URI> endpoints(String text) {
    Map<String, URI> endpoints = new LinkedHashMap<>();
    for (String pair : text.split(",", -1)) {
      if (pair.isBlank()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String name = equals < 0 ? "" : pair.substring(0, equals).strip();
      URI url = url(equals < 0 ? "" : pair.substring(equals + 1).strip());
      if (name.isEmpty() || url.getHost() == null) {
        throw new IllegalArgumentException(
            "DUALTRACK_ENDPOINTS must be name=url,name=url with http or https URLs; wrong: "
                + pair.strip());
      }
      endpoints.put(name, url);
    }
    return endpoints;
  }

  private static URI url(String text) {
    try {
      URI url = URI.create(text);
      return "http".equals(url.getScheme()) || "https".equals(url.getScheme())
          ? url
          : URI.create("");
    } catch (IllegalArgumentException e) {
      return URI.create("");
    }
  }

  private static Duration seconds(
      Map<String, String> environment, String variable, Duration usual) {
    String text = environment.get(variable);
    if (text == null) {
      return usual;
    }
    try {
      return Duration.ofSeconds(Integer.parseUnsignedInt(text.strip()));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(variable + " must be a number of seconds, not " + text);
    }
  }
}
