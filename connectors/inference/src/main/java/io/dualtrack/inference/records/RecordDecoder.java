package io.dualtrack.inference.records;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;

/** Tells a record that will never be readable from a registry that cannot say what it is now. */
public final class RecordDecoder<V extends SpecificRecord> {

  /** What a record holds. */
  public sealed interface Decoded<V> {

    record Value<V>(V value) implements Decoded<V> {}

    /** The key was deleted. */
    record Tombstone<V>() implements Decoded<V> {}

    /**
     * Not a record of the topic's type.
     *
     * @param message why, without any of its content
     */
    record Poison<V>(String message) implements Decoded<V> {}

    /** The registry did not answer; the same record may be readable later. */
    record Unavailable<V>(String message) implements Decoded<V> {}
  }

  private final String topic;
  private final AvroSerde<V> serde;

  public RecordDecoder(Topic<V> topic, SchemaRegistry registry) {
    this.topic = topic.name();
    this.serde = topic.serde(registry);
  }

  /**
   * @param bytes null for a tombstone
   */
  public Decoded<V> decode(byte[] bytes) {
    if (bytes == null) {
      return new Decoded.Tombstone<>();
    }
    try {
      return new Decoded.Value<>(serde.deserialize(topic, bytes));
    } catch (SerializationException e) {
      return SchemaRegistry.isBehind(e)
          ? new Decoded.Unavailable<>(e.getMessage())
          : new Decoded.Poison<>(e.getMessage());
    }
  }
}
