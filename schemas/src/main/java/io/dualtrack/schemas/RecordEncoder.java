package io.dualtrack.schemas;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
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
public final class RecordEncoder<V extends SpecificRecord> implements RecordWriter<V> {

  /** Writes a value of one schema. */
  @FunctionalInterface
  private interface Step {
    void write(Object value, RecordOutput out);
  }

  private final SpecificData model;
  private final TextSeal texts;

  /** By schema, since records may hold themselves. */
  private final Map<Schema, Step> records = new HashMap<>();

  private final Step root;

  public RecordEncoder(Class<V> type) {
    this(type, TextSeal.NONE);
  }

  /**
   * @param texts seals the texts of records that have one
   */
  RecordEncoder(Class<V> type, TextSeal texts) {
    this.texts = texts;
    model = SpecificData.getForClass(type);
    root = step(model.getSchema(type));
  }

  @Override
  public void write(V record, RecordOutput out) {
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
      case ENUM -> (value, out) -> out.writeLong(((Enum<?>) value).ordinal());
      case STRING -> (value, out) -> out.writeString((String) value);
      case BYTES -> (value, out) -> writeBytes((ByteBuffer) value, out);
      case INT -> (value, out) -> out.writeLong((Integer) value);
      case LONG -> (value, out) -> out.writeLong((Long) value);
      case DOUBLE ->
          (value, out) -> out.writeFixed(Double.doubleToRawLongBits((Double) value), Double.BYTES);
      case FLOAT ->
          (value, out) -> out.writeFixed(Float.floatToRawIntBits((Float) value), Float.BYTES);
      case BOOLEAN -> (value, out) -> out.writeBoolean((Boolean) value);
      case NULL -> (value, out) -> {};
      case FIXED -> throw new IllegalArgumentException("no record has fixed bytes: " + schema);
    };
  }

  private static Step logical(Schema schema) {
    if (schema.getLogicalType() instanceof LogicalTypes.Decimal decimal
        && schema.getType() == Schema.Type.BYTES) {
      int scale = decimal.getScale();
      int precision = decimal.getPrecision();
      return (value, out) -> out.writeDecimal((BigDecimal) value, scale, precision);
    }
    if (schema.getLogicalType() instanceof LogicalTypes.TimestampMillis) {
      return (value, out) -> out.writeLong(((Instant) value).toEpochMilli());
    }
    throw new IllegalArgumentException("no record has a " + schema.getLogicalType().getName());
  }

  private static void writeBytes(ByteBuffer value, RecordOutput out) {
    if (value.hasArray() && value.arrayOffset() == 0 && value.remaining() == value.array().length) {
      out.writeBytes(value.array());
      return;
    }
    byte[] bytes = new byte[value.remaining()];
    value.duplicate().get(bytes);
    out.writeBytes(bytes);
  }

  private Step fields(Schema schema) {
    Step known = records.get(schema);
    if (known != null) {
      return known;
    }
    Fields fields = new Fields(new Step[schema.getFields().size()]);
    Step whole =
        TextField.of(schema)
            .filter(text -> texts != TextSeal.NONE)
            .<Step>map(text -> new Sealing(fields, text, texts))
            .orElse(fields);
    records.put(schema, whole);
    for (Schema.Field field : schema.getFields()) {
      fields.steps[field.pos()] = step(field.schema());
    }
    return whole;
  }

  private record Fields(Step[] steps) implements Step {
    @Override
    public void write(Object value, RecordOutput out) {
      SpecificRecord record = (SpecificRecord) value;
      for (int i = 0; i < steps.length; i++) {
        steps[i].write(record.get(i), out);
      }
    }
  }

  /** Writes the text sealed. The record itself is not changed: others may hold it. */
  private record Sealing(Fields fields, TextField text, TextSeal texts) implements Step {
    @Override
    public void write(Object value, RecordOutput out) {
      SpecificRecord record = (SpecificRecord) value;
      Optional<SealedText> sealed = text.seal(record, texts);
      if (sealed.isEmpty()) {
        fields.write(value, out);
        return;
      }
      for (int i = 0; i < fields.steps.length; i++) {
        Object each = record.get(i);
        if (i == text.text()) {
          each = "";
        } else if (i == text.sealed()) {
          each = sealed.get();
        }
        fields.steps[i].write(each, out);
      }
    }
  }

  private Step union(Schema schema) {
    List<Schema> branches = schema.getTypes();
    Step[] steps = branches.stream().map(this::step).toArray(Step[]::new);
    if (steps.length == 2 && branches.get(0).getType() == Schema.Type.NULL) {
      Step present = steps[1];
      return (value, out) -> {
        out.writeLong(value == null ? 0 : 1);
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
      out.writeLong(branch);
      steps[branch].write(value, out);
    };
  }

  /** One block, then an empty one; nothing is the empty one alone. */
  private static void writeCount(int count, RecordOutput out) {
    if (count > 0) {
      out.writeLong(count);
    }
  }

  private static Step array(Step element) {
    return (value, out) -> {
      Collection<?> items = (Collection<?>) value;
      writeCount(items.size(), out);
      for (Object item : items) {
        element.write(item, out);
      }
      out.writeLong(0);
    };
  }

  private static Step map(Step element) {
    return (value, out) -> {
      Map<?, ?> entries = (Map<?, ?>) value;
      writeCount(entries.size(), out);
      for (Map.Entry<?, ?> entry : entries.entrySet()) {
        out.writeString((String) entry.getKey());
        element.write(entry.getValue(), out);
      }
      out.writeLong(0);
    };
  }
}
