package io.dualtrack.schemas;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  static final int HEADER_BYTES = 1 + Integer.BYTES;

  /** Reads the records of one writer's schema. */
  @FunctionalInterface
  private interface Reader<V> {
    V read(byte[] data) throws IOException;
  }

  /** An instance writes to one topic, as a rule. */
  private record Written(String topic, int id) {}

  static {
    trustRecords();
  }

  private final SchemaRegistry registry;
  private final Class<V> type;
  private final Schema schema;
  private final Schema read;
  private final SpecificData model;
  private final RecordWriter<V> writer;
  private final TextSeal seal;
  private final List<TextField> texts;
  private final Map<Integer, Reader<V>> readers = new ConcurrentHashMap<>();
  private final ThreadLocal<RecordOutput> outputs = ThreadLocal.withInitial(RecordOutput::new);
  private final ThreadLocal<BinaryDecoder> decoders = new ThreadLocal<>();
  private volatile Written lastWritten;

  public AvroSerde(SchemaRegistry registry, Class<V> type) {
    this(registry, type, Set.of());
  }

  /**
   * A serde that passes over fields as it reads; they have their defaults then.
   *
   * @param unread names of fields of the record itself
   * @throws IllegalArgumentException if one is not there
   */
  public AvroSerde(SchemaRegistry registry, Class<V> type, Set<String> unread) {
    this(registry, type, unread, new RecordEncoder<>(type, registry.texts()));
  }

  /**
   * A serde with a writer of its own.
   *
   * @param writer gives the bytes that {@link RecordEncoder} would give; threads may share the
   *     serde if they may share the writer
   */
  public AvroSerde(SchemaRegistry registry, Class<V> type, RecordWriter<V> writer) {
    this(registry, type, Set.of(), writer);
  }

  private AvroSerde(
      SchemaRegistry registry, Class<V> type, Set<String> unread, RecordWriter<V> writer) {
    this.registry = registry;
    this.type = type;
    // The generated class's own model knows the conversions of its logical types.
    this.model = SpecificData.getForClass(type);
    this.schema = model.getSchema(type);
    this.writer = writer;
    this.seal = registry.texts();
    this.texts = seal == TextSeal.NONE ? List.of() : textsBut(unread);
    this.read = unread.isEmpty() ? schema : without(unread);
  }

  /** What is opened as it is read: not what nobody reads. */
  private List<TextField> textsBut(Set<String> unread) {
    return TextField.allOf(schema).stream()
        .filter(
            text ->
                !text.holder().isEmpty()
                    || !unread.contains(schema.getFields().get(text.text()).name()))
        .toList();
  }

  /**
   * A field under a name that nobody has written is passed over by Avro, and has its default; at
   * its place, so that the generated class still fits.
   */
  private Schema without(Set<String> unread) {
    for (String name : unread) {
      if (schema.getField(name) == null) {
        throw new IllegalArgumentException("%s has no %s".formatted(schema.getName(), name));
      }
    }
    List<Schema.Field> fields = new ArrayList<>();
    for (Schema.Field field : schema.getFields()) {
      fields.add(
          unread.contains(field.name())
              ? new Schema.Field(
                  field.name() + "_unread", field.schema(), null, defaultOf(field), field.order())
              : new Schema.Field(field, field.schema()));
    }
    Schema rest = Schema.createRecord(schema.getName(), null, schema.getNamespace(), false, fields);
    schema.getObjectProps().forEach(rest::addProp);
    return rest;
  }

  /** A record in which everything has a default has one itself. */
  private static Object defaultOf(Schema.Field field) {
    if (field.hasDefaultValue()) {
      return field.defaultVal();
    }
    if (field.schema().getType() == Schema.Type.RECORD) {
      Map<String, Object> values = new LinkedHashMap<>();
      field.schema().getFields().forEach(each -> values.put(each.name(), defaultOf(each)));
      return values;
    }
    throw new IllegalArgumentException(field.name() + " has no default and must be read");
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
    int id = id(topic);
    RecordOutput out = outputs.get();
    out.clear();
    out.writeByte(MAGIC);
    out.writeByte(id >>> 24);
    out.writeByte(id >>> 16);
    out.writeByte(id >>> 8);
    out.writeByte(id);
    try {
      writer.write(value, out);
    } catch (SerializationException e) {
      // Of the key of its text, and holds nothing of it.
      throw e;
    } catch (RuntimeException e) {
      // Avro puts the offending value into its message; a record may hold text.
      throw new SerializationException(
          "a %s for %s does not fit its schema (%s)"
              .formatted(schema.getName(), topic, e.getClass().getSimpleName()));
    }
    return out.toByteArray();
  }

  private int id(String topic) {
    Written last = lastWritten;
    if (last == null || !last.topic.equals(topic)) {
      last = new Written(topic, registry.register(topic + "-value", schema));
      lastWritten = last;
    }
    return last.id;
  }

  @Override
  public V deserialize(String topic, byte[] data) {
    if (data == null) {
      return null;
    }
    int id = schemaId(topic, data);
    Reader<V> reader = reader(id);
    V record = read(topic, id, reader, data);
    for (TextField text : texts) {
      text.open(record, seal);
    }
    return record;
  }

  private V read(String topic, int id, Reader<V> reader, byte[] data) {
    try {
      return reader.read(data);
    } catch (IOException | RuntimeException e) {
      throw new SerializationException(
          "a record of %s is not a %s of schema %d (%s)"
              .formatted(topic, schema.getName(), id, e.getClass().getSimpleName()));
    }
  }

  static int schemaId(String topic, byte[] data) {
    if (data.length < HEADER_BYTES || data[0] != MAGIC) {
      throw new SerializationException(
          "a record of %s is not in Confluent's wire format (%d bytes)"
              .formatted(topic, data.length));
    }
    return ByteBuffer.wrap(data, 1, Integer.BYTES).getInt();
  }

  /** The bytes of a field's default. */
  byte[] defaultBytes(String name) {
    Schema.Field field = schema.getField(name);
    Schema.Field whole = new Schema.Field(name, field.schema(), null, defaultOf(field));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    try {
      new SpecificDatumWriter<Object>(field.schema(), model)
          .write(model.getDefaultValue(whole), encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private Reader<V> reader(int id) {
    Reader<V> known = readers.get(id);
    if (known != null) {
      return known;
    }
    Schema written = registry.byId(id);
    Reader<V> made = read.equals(schema) && written.equals(schema) ? parsed() : resolved(written);
    readers.put(id, made);
    return made;
  }

  private Reader<V> parsed() {
    RecordParser<V> parser = new RecordParser<>(type);
    return data -> parser.parse(data, HEADER_BYTES, data.length);
  }

  private Reader<V> resolved(Schema written) {
    SpecificDatumReader<V> reader = new SpecificDatumReader<>(written, read, model);
    return data -> {
      BinaryDecoder decoder =
          DecoderFactory.get()
              .binaryDecoder(data, HEADER_BYTES, data.length - HEADER_BYTES, decoders.get());
      decoders.set(decoder);
      return reader.read(null, decoder);
    };
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
