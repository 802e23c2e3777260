package io.dualtrack.schemas;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;

/**
 * Takes a record's bytes from Confluent's wire format and leaves out what nobody will read: the
 * bytes of today's schema in which those fields have their defaults. The others are copied as they
 * are, so that a record costs a walk over its bytes and no object. What was written with another
 * schema is read and written anew.
 *
 * <p>Not for several threads at once.
 */
public final class RecordTrimmer<V extends SpecificRecord> {

  private final SchemaRegistry registry;
  private final Schema schema;
  private final AvroSerde<V> serde;
  private final RecordEncoder<V> encoder;
  private final RecordParser.Step[] steps;

  /** What stands in place of a field; null for one that is kept. */
  private final byte[][] instead;

  private final Map<Integer, Boolean> isTodays = new ConcurrentHashMap<>();
  private final RecordOutput trimmed = new RecordOutput();

  /**
   * @param unread names of fields of the record itself, of which each has a default
   */
  public RecordTrimmer(SchemaRegistry registry, Class<V> type, Set<String> unread) {
    this.registry = registry;
    this.schema = SpecificData.getForClass(type).getSchema(type);
    this.serde = new AvroSerde<>(registry, type, unread);
    this.encoder = new RecordEncoder<>(type);
    this.steps = new RecordParser<>(type).steps();
    this.instead = new byte[steps.length][];
    for (String name : unread) {
      instead[schema.getField(name).pos()] = serde.defaultBytes(name);
    }
  }

  /**
   * @return the record in Avro's binary encoding, without a header
   * @throws SerializationException if it cannot be read
   */
  public byte[] trim(String topic, byte[] data) {
    int id = AvroSerde.schemaId(topic, data);
    try {
      trimmed.clear();
      if (isTodays.computeIfAbsent(id, each -> registry.byId(each).equals(schema))) {
        walk(data);
      } else {
        encoder.write(serde.deserialize(topic, data), trimmed);
      }
    } catch (IOException e) {
      throw new SerializationException(
          "a record of %s is not a %s of schema %d (%s)"
              .formatted(topic, schema.getName(), id, e.getMessage()));
    }
    return trimmed.toByteArray();
  }

  private void walk(byte[] data) throws IOException {
    RecordInput input = new RecordInput(data, AvroSerde.HEADER_BYTES, data.length);
    int kept = input.position();
    for (int i = 0; i < steps.length; i++) {
      int before = input.position();
      steps[i].skip(input);
      if (instead[i] != null) {
        trimmed.write(data, kept, before - kept);
        trimmed.write(instead[i], 0, instead[i].length);
        kept = input.position();
      }
    }
    trimmed.write(data, kept, input.position() - kept);
  }
}
