package io.dualtrack.schemas;

import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.config.TopicConfig;

/**
 * One topic of the catalogue.
 *
 * @param name full name, {@code dualtrack.…}
 * @param key what the record's key holds, in words
 * @param valueType Avro record of the value
 * @param cleanup what the broker does with old records
 * @param retention how long records are kept; zero for compacted topics, which keep the last of
 *     each key
 * @param parallel whether the topic has the deployment's number of partitions; control topics have
 *     one
 * @param text whether records may hold prompts or answers
 */
public record Topic<V extends SpecificRecord>(
    String name,
    String key,
    Class<V> valueType,
    Cleanup cleanup,
    Duration retention,
    boolean parallel,
    boolean text) {

  /** What the broker does with old records. */
  public enum Cleanup {
    DELETE,
    COMPACT
  }

  public AvroSerde<V> serde(SchemaRegistry registry) {
    return new AvroSerde<>(registry, valueType);
  }

  /** Kafka's settings of this topic, where they are not the broker's defaults; sorted by name. */
  public SortedMap<String, String> settings() {
    SortedMap<String, String> settings = new TreeMap<>();
    if (cleanup == Cleanup.COMPACT) {
      settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
    } else {
      settings.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(retention.toMillis()));
    }
    if (text) {
      settings.put(
          TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(Topics.MAX_TEXT_RECORD_BYTES));
    }
    return settings;
  }

  /**
   * Partitions of this topic in a deployment.
   *
   * @param deployment partitions of a parallel topic there, at least 1
   */
  public int partitions(int deployment) {
    return parallel ? deployment : 1;
  }
}
