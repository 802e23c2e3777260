package io.dualtrack.schemas;

import java.time.Duration;
import org.apache.avro.specific.SpecificRecord;

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

  /**
   * Partitions of this topic in a deployment.
   *
   * @param deployment partitions of a parallel topic there, at least 1
   */
  public int partitions(int deployment) {
    return parallel ? deployment : 1;
  }
}
