package io.dualtrack.schemas;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.ClassSecurityValidator;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Avro in Confluent's wire format: a zero byte, the schema's id as four bytes, then the record in
 * Avro's binary encoding. The subject is the topic's name and {@code -value}. Null stays null.
 *
 * <p>Threads may share an instance.
 */
public final class AvroSerde<V extends SpecificRecord>
    implements Serde<V>, Serializer<V>, Deserializer<V> {

  private static final byte MAGIC = 0;
  private static final int HEADER_BYTES = 1 + Integer.BYTES;

  static {
    trustRecords();
  }

  private final SchemaRegistry registry;
  private final Schema schema;
  private final SpecificData model;
  private final SpecificDatumWriter<V> writer;
  private final Map<Integer, SpecificDatumReader<V>> readers = new ConcurrentHashMap<>();
  private final ThreadLocal<BinaryEncoder> encoders = new ThreadLocal<>();

  public AvroSerde(SchemaRegistry registry, Class<V> type) {
    this.registry = registry;
    // The generated class's own model knows the conversions of its logical types.
    this.model = SpecificData.getForClass(type);
    this.schema = model.getSchema(type);
    this.writer = new SpecificDatumWriter<>(schema, model);
  }

  static Schema schemaOf(Class<? extends SpecificRecord> type) {
    return SpecificData.get().getSchema(type);
  }

  /**
   * Lets Avro make the records of this package: since 1.12.2 it makes classes that a schema names
   * only where their package is trusted. To be called before anything else reads such records.
   */
  public static void trustRecords() {
    ClassSecurityValidator.setGlobal(
        ClassSecurityValidator.composite(
            ClassSecurityValidator.DEFAULT,
            type -> type.getPackageName().equals(AvroSerde.class.getPackageName())));
  }

  @Override
  public byte[] serialize(String topic, V value) {
    if (value == null) {
      return null;
    }
    int id = registry.register(topic + "-value", schema);
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    out.write(MAGIC);
    out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(id).array());
    try {
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, encoders.get());
      encoders.set(encoder);
      writer.write(value, encoder);
      encoder.flush();
    } catch (IOException | RuntimeException e) {
      // Avro puts the offending value into its message; a record may hold text.
      throw new SerializationException(
          "a %s for %s does not fit its schema (%s)"
              .formatted(schema.getName(), topic, e.getClass().getSimpleName()));
    }
    return out.toByteArray();
  }

  @Override
  public V deserialize(String topic, byte[] data) {
    if (data == null) {
      return null;
    }
    if (data.length < HEADER_BYTES || data[0] != MAGIC) {
      throw new SerializationException(
          "a record of %s is not in Confluent's wire format (%d bytes)"
              .formatted(topic, data.length));
    }
    int id = ByteBuffer.wrap(data, 1, Integer.BYTES).getInt();
    SpecificDatumReader<V> reader = reader(id);
    try {
      BinaryDecoder decoder =
          DecoderFactory.get().binaryDecoder(data, HEADER_BYTES, data.length - HEADER_BYTES, null);
      return reader.read(null, decoder);
    } catch (IOException | RuntimeException e) {
      throw new SerializationException(
          "a record of %s is not a %s of schema %d (%s)"
              .formatted(topic, schema.getName(), id, e.getClass().getSimpleName()));
    }
  }

  private SpecificDatumReader<V> reader(int id) {
    SpecificDatumReader<V> known = readers.get(id);
    if (known != null) {
      return known;
    }
    SpecificDatumReader<V> made = new SpecificDatumReader<>(registry.byId(id), schema, model);
    readers.put(id, made);
    return made;
  }

  @Override
  public Serializer<V> serializer() {
    return this;
  }

  @Override
  public Deserializer<V> deserializer() {
    return this;
  }

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {}

  @Override
  public void close() {}
}
