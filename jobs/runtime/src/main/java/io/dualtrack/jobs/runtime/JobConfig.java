package io.dualtrack.jobs.runtime;

import io.dualtrack.schemas.Environment;
import io.dualtrack.schemas.KafkaAccess;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * What both jobs must know of the deployment.
 *
 * @param kafka the brokers; its settings travel with the job to the machines that run it
 * @param checkpointInterval time between checkpoints; output becomes visible with each, so this is
 *     also the delay of ledger, rollups and alerts
 * @param transactionalIdPrefix first part of the transactional ids and group ids, unique per
 *     deployment on a Kafka cluster
 * @param start where a job without a checkpoint starts to read the exchanges
 * @param parallelism tasks per operator; 0 leaves it to the Flink cluster
 */
public record JobConfig(
    KafkaAccess kafka,
    RegistryLocation registry,
    Duration checkpointInterval,
    String transactionalIdPrefix,
    StartOffsets start,
    int parallelism)
    implements Serializable {

  /** Checkpoint interval where nothing else is set. */
  public static final Duration DEFAULT_CHECKPOINT_INTERVAL = Duration.ofSeconds(5);

  private static final String DEFAULT_PREFIX = "dualtrack";

  /** Where to start without a checkpoint. A checkpoint's own offsets always win. */
  public enum StartOffsets {
    /** The group's committed offsets, else the earliest record. */
    COMMITTED,
    /** The earliest record, to build all state anew. */
    EARLIEST
  }

  public JobConfig {
    if (checkpointInterval.toMillis() < 10) {
      throw new IllegalArgumentException(
          "checkpoint interval %s is below Flink's minimum of 10 ms".formatted(checkpointInterval));
    }
    if (parallelism < 0) {
      throw new IllegalArgumentException("parallelism %d is negative".formatted(parallelism));
    }
  }

  /** The defaults for everything but the addresses. */
  public static JobConfig of(KafkaAccess kafka, RegistryLocation registry) {
    return new JobConfig(
        kafka, registry, DEFAULT_CHECKPOINT_INTERVAL, DEFAULT_PREFIX, StartOffsets.COMMITTED, 0);
  }

  public JobConfig withCheckpointInterval(Duration interval) {
    return new JobConfig(kafka, registry, interval, transactionalIdPrefix, start, parallelism);
  }

  public JobConfig withParallelism(int tasks) {
    return new JobConfig(kafka, registry, checkpointInterval, transactionalIdPrefix, start, tasks);
  }

  /**
   * Reads what {@link KafkaAccess#fromEnvironment} reads, {@code DUALTRACK_REGISTRY}, {@code
   * DUALTRACK_DATA} (default: the system's folder for temporary files), {@code
   * DUALTRACK_CHECKPOINT_MS}, {@code DUALTRACK_TRANSACTIONAL_PREFIX}, {@code DUALTRACK_START} and
   * {@code DUALTRACK_PARALLELISM}.
   *
   * @throws IllegalArgumentException naming the variable that is missing or wrong
   */
  public static JobConfig fromEnvironment(Map<String, String> environment) {
    String data =
        environment.getOrDefault(
            "DUALTRACK_DATA",
            Path.of(System.getProperty("java.io.tmpdir"), "dualtrack").toString());
    return new JobConfig(
        KafkaAccess.fromEnvironment(environment),
        new RegistryLocation(
            uri(Environment.required(environment, "DUALTRACK_REGISTRY")),
            Path.of(data, "registry-cache.jsonl").toString()),
        Duration.ofMillis(
            number(
                environment,
                "DUALTRACK_CHECKPOINT_MS",
                (int) DEFAULT_CHECKPOINT_INTERVAL.toMillis())),
        environment.getOrDefault("DUALTRACK_TRANSACTIONAL_PREFIX", DEFAULT_PREFIX),
        start(environment.getOrDefault("DUALTRACK_START", "committed")),
        number(environment, "DUALTRACK_PARALLELISM", 0));
  }

  /**
   * A whole number from the environment.
   *
   * @throws IllegalArgumentException if the variable is set to something else
   */
  public static int number(Map<String, String> environment, String name, int otherwise) {
    String text = environment.get(name);
    if (text == null || text.isBlank()) {
      return otherwise;
    }
    try {
      return Integer.parseInt(text.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("%s is no whole number: %s".formatted(name, text), e);
    }
  }

  private static URI uri(String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("DUALTRACK_REGISTRY is no URL: " + text, e);
    }
  }

  private static StartOffsets start(String text) {
    return switch (text) {
      case "committed" -> StartOffsets.COMMITTED;
      case "earliest" -> StartOffsets.EARLIEST;
      default ->
          throw new IllegalArgumentException(
              "DUALTRACK_START is neither committed nor earliest: " + text);
    };
  }
}
