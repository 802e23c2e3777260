package io.dualtrack.schemas;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.io.Encoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;

/**
 * Writes generated records in Avro's binary encoding, the same bytes as {@link
 * SpecificDatumWriter}. That one looks conversions and branches of unions up for every field of
 * every record, since Avro generates coders only for records without times and decimals; here they
 * are looked up once. The cost job spent a third of its time there.
 *
 * <p>Threads may share an instance.
 */
public final class RecordEncoder<V extends SpecificRecord> {

  /** Writes a value of one schema. */
  @FunctionalInterface
  private interface Step {
    void write(Object value, Encoder out) throws IOException;
  }

  private final SpecificData model;

  /** By schema, since records may hold themselves. */
  private final Map<Schema, Fields> records = new HashMap<>();

  private final Step root;

  public RecordEncoder(Class<V> type) {
    model = SpecificData.getForClass(type);
    root = step(model.getSchema(type));
  }

  /**
   * @throws RuntimeException if a value does not fit its field: null where none may be, an amount
   *     with too many digits
   */
  public void write(V record, Encoder out) throws IOException {
    root.write(record, out);
  }

  private Step step(Schema schema) {
    if (schema.getLogicalType() != null) {
      return logical(schema);
    }
    return switch (schema.getType()) {
      case RECORD -> fields(schema);
      case UNION -> union(schema);
      case ARRAY -> array(step(schema.getElementType()));
      case MAP -> map(step(schema.getValueType()));
      case ENUM -> (value, out) -> out.writeEnum(((Enum<?>) value).ordinal());
      case STRING -> (value, out) -> out.writeString((String) value);
      case BYTES -> (value, out) -> out.writeBytes((ByteBuffer) value);
      case INT -> (value, out) -> out.writeInt((Integer) value);
      case LONG -> (value, out) -> out.writeLong((Long) value);
      case DOUBLE -> (value, out) -> out.writeDouble((Double) value);
      case FLOAT -> (value, out) -> out.writeFloat((Float) value);
      case BOOLEAN -> (value, out) -> out.writeBoolean((Boolean) value);
      case NULL -> (value, out) -> out.writeNull();
      case FIXED -> generic(schema);
    };
  }

  private Step logical(Schema schema) {
    if (schema.getLogicalType() instanceof LogicalTypes.Decimal decimal
        && schema.getType() == Schema.Type.BYTES) {
      return (value, out) -> writeDecimal((BigDecimal) value, decimal, out);
    }
    if (schema.getLogicalType() instanceof LogicalTypes.TimestampMillis) {
      return (value, out) -> out.writeLong(((Instant) value).toEpochMilli());
    }
    return generic(schema);
  }

  /** For what no record of ours has yet. */
  private Step generic(Schema schema) {
    SpecificDatumWriter<Object> writer = new SpecificDatumWriter<>(schema, model);
    return writer::write;
  }

  private static void writeDecimal(BigDecimal value, LogicalTypes.Decimal decimal, Encoder out)
      throws IOException {
    BigDecimal scaled = value.setScale(decimal.getScale(), RoundingMode.UNNECESSARY);
    if (scaled.precision() > decimal.getPrecision()) {
      throw new ArithmeticException(
          "%d digits are more than %d".formatted(scaled.precision(), decimal.getPrecision()));
    }
    BigInteger unscaled = scaled.unscaledValue();
    if (unscaled.bitLength() < Long.SIZE) {
      writeShort(unscaled.longValue(), out);
    } else {
      out.writeBytes(unscaled.toByteArray());
    }
  }

  /** As few bytes as {@link BigInteger#toByteArray} has, without its copies. */
  private static void writeShort(long unscaled, Encoder out) throws IOException {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(unscaled < 0 ? ~unscaled : unscaled);
    int length = bits / Byte.SIZE + 1;
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (unscaled >> Byte.SIZE * (length - 1 - i));
    }
    out.writeBytes(bytes);
  }

  private Step fields(Schema schema) {
    Fields known = records.get(schema);
    if (known != null) {
      return known;
    }
    Fields fields = new Fields(new Step[schema.getFields().size()]);
    records.put(schema, fields);
    for (Schema.Field field : schema.getFields()) {
      fields.steps[field.pos()] = step(field.schema());
    }
    return fields;
  }

  private record Fields(Step[] steps) implements Step {
    @Override
    public void write(Object value, Encoder out) throws IOException {
      SpecificRecord record = (SpecificRecord) value;
      for (int i = 0; i < steps.length; i++) {
        steps[i].write(record.get(i), out);
      }
    }
  }

  private Step union(Schema schema) {
    List<Schema> branches = schema.getTypes();
    Step[] steps = branches.stream().map(this::step).toArray(Step[]::new);
    if (steps.length == 2 && branches.get(0).getType() == Schema.Type.NULL) {
      Step present = steps[1];
      return (value, out) -> {
        out.writeIndex(value == null ? 0 : 1);
        if (value != null) {
          present.write(value, out);
        }
      };
    }
    // A generated class, or one of Java's, stands for one branch.
    Map<Class<?>, Integer> chosen = new ConcurrentHashMap<>();
    return (value, out) -> {
      int branch =
          value == null
              ? schema.getIndexNamed("null")
              : chosen.computeIfAbsent(value.getClass(), type -> model.resolveUnion(schema, value));
      out.writeIndex(branch);
      steps[branch].write(value, out);
    };
  }

  private static Step array(Step element) {
    return (value, out) -> {
      Collection<?> items = (Collection<?>) value;
      out.writeArrayStart();
      out.setItemCount(items.size());
      for (Object item : items) {
        out.startItem();
        element.write(item, out);
      }
      out.writeArrayEnd();
    };
  }

  private static Step map(Step element) {
    return (value, out) -> {
      Map<?, ?> entries = (Map<?, ?>) value;
      out.writeMapStart();
      out.setItemCount(entries.size());
      for (Map.Entry<?, ?> entry : entries.entrySet()) {
        out.startItem();
        out.writeString((String) entry.getKey());
        element.write(entry.getValue(), out);
      }
      out.writeMapEnd();
    };
  }
}
