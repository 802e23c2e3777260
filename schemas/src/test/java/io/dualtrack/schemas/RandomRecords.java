package io.dualtrack.schemas;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;

/** Records of every type with values of every kind, the same for the same seed. */
final class RandomRecords {

  static {
    AvroSerde.trustRecords();
  }

  private final Random random;

  RandomRecords(long seed) {
    random = new Random(seed);
  }

  /** All that are on topics, and what the cost job keeps. */
  static List<Class<? extends SpecificRecord>> types() {
    List<Class<? extends SpecificRecord>> types = new ArrayList<>();
    Topics.all().forEach(topic -> types.add(topic.valueType()));
    types.add(CostControl.class);
    types.add(BookedExchange.class);
    return types;
  }

  <V extends SpecificRecord> V record(Class<V> type) {
    return type.cast(value(SpecificData.get().getSchema(type)));
  }

  /** As Avro itself writes it. */
  static byte[] avroBytes(SpecificRecord record) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    new SpecificDatumWriter<SpecificRecord>(
            record.getSchema(), SpecificData.getForClass(record.getClass()))
        .write(record, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  private Object value(Schema schema) {
    if (schema.getLogicalType() instanceof LogicalTypes.Decimal decimal) {
      // Of every length, the longest beyond a long.
      return new BigDecimal(
          BigInteger.valueOf(random.nextLong() >> random.nextInt(Long.SIZE))
              .multiply(BigInteger.valueOf(random.nextInt(3) * 1000L + 1)),
          decimal.getScale());
    }
    if (schema.getLogicalType() != null) {
      return Instant.ofEpochMilli(random.nextLong(4_000_000_000_000L));
    }
    return switch (schema.getType()) {
      case RECORD -> record(schema);
      case UNION -> value(schema.getTypes().get(random.nextInt(schema.getTypes().size())));
      case ENUM -> constant(schema);
      case ARRAY -> values(schema.getElementType());
      case MAP -> Map.of("a", value(schema.getValueType()));
      case STRING -> "ä" + random.nextInt(1000);
      case BYTES -> ByteBuffer.wrap(new byte[] {1, 2, 3});
      case INT -> random.nextInt();
      case LONG -> random.nextLong();
      case DOUBLE -> random.nextDouble();
      case FLOAT -> random.nextFloat();
      case BOOLEAN -> random.nextBoolean();
      case NULL -> null;
      case FIXED -> throw new AssertionError("no record has a fixed: " + schema);
    };
  }

  private Object record(Schema schema) {
    SpecificRecord record =
        (SpecificRecord) SpecificData.newInstance(SpecificData.get().getClass(schema), schema);
    schema.getFields().forEach(field -> record.put(field.pos(), value(field.schema())));
    return record;
  }

  private Object constant(Schema schema) {
    Object[] constants = SpecificData.get().getClass(schema).getEnumConstants();
    return constants[random.nextInt(constants.length)];
  }

  private List<Object> values(Schema schema) {
    List<Object> values = new ArrayList<>();
    int size = random.nextInt(3);
    for (int i = 0; i < size; i++) {
      values.add(value(schema));
    }
    return values;
  }
}
