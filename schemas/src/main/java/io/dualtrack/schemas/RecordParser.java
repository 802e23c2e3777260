package io.dualtrack.schemas;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;

/**
 * Reads what was written with a generated record's own schema: the same records as {@link
 * SpecificDatumReader} gives, by a plan that is made once, from an array. The counterpart of {@link
 * RecordEncoder}. What was written with another schema is for Avro's reader, which resolves them.
 *
 * <p>Threads may share an instance, but not one that remembers values.
 */
public final class RecordParser<V extends SpecificRecord> {

  /** A value of one schema. */
  interface Step {
    Object read(RecordInput in) throws IOException;

    void skip(RecordInput in) throws IOException;
  }

  /** Something that reads and something that passes over the same. */
  @FunctionalInterface
  private interface Action<T> {
    T on(RecordInput in) throws IOException;
  }

  private record Plain(Action<Object> reading, Action<Integer> skipping) implements Step {
    @Override
    public Object read(RecordInput in) throws IOException {
      return reading.on(in);
    }

    @Override
    public void skip(RecordInput in) throws IOException {
      Integer unused = skipping.on(in);
    }
  }

  private static final Action<Integer> SKIP_NUMBER =
      in -> {
        long unused = in.readLong();
        return 0;
      };
  private static final Action<Integer> SKIP_BYTES = in -> in.advance(in.readLength());

  private final SpecificData model;
  private final Map<Schema, Fields> records = new HashMap<>();
  private final Set<String> repeated;
  private final Fields root;

  public RecordParser(Class<V> type) {
    this(type, Set.of());
  }

  /**
   * A parser that makes the same text, or list of texts, of the same bytes only once.
   *
   * @param repeated names of fields of the record itself that hold few different values; their
   *     lists cannot be changed
   */
  public RecordParser(Class<V> type, Set<String> repeated) {
    this.model = SpecificData.getForClass(type);
    this.repeated = Set.copyOf(repeated);
    Schema schema = model.getSchema(type);
    root = fields(schema);
    for (String name : repeated) {
      int at = schema.getField(name).pos();
      root.steps[at] = new Remembered(root.steps[at]);
    }
  }

  /**
   * @param from where the record begins
   * @throws IOException if the bytes are no such record
   */
  public V parse(byte[] bytes, int from, int to) throws IOException {
    @SuppressWarnings("unchecked")
    V record = (V) root.read(new RecordInput(bytes, from, to));
    return record;
  }

  /** How to read each field, in their order. */
  Step[] steps() {
    return root.steps.clone();
  }

  private Step step(Schema schema) {
    if (schema.getLogicalType() != null) {
      return logical(schema);
    }
    return switch (schema.getType()) {
      case RECORD -> fields(schema);
      case UNION -> new Union(schema.getTypes().stream().map(this::step).toArray(Step[]::new));
      case ARRAY -> new Items(step(schema.getElementType()));
      case MAP -> new Entries(step(schema.getValueType()));
      case ENUM -> new Constant(model.getClass(schema).getEnumConstants());
      case STRING -> new Plain(RecordInput::readString, SKIP_BYTES);
      case BYTES -> new Plain(RecordParser::readBytes, SKIP_BYTES);
      case INT -> new Plain(RecordInput::readInt, SKIP_NUMBER);
      case LONG -> new Plain(RecordInput::readLong, SKIP_NUMBER);
      case BOOLEAN -> new Plain(RecordInput::readBoolean, in -> in.advance(1));
      case DOUBLE ->
          new Plain(
              in -> littleEndian(in, Double.BYTES).getDouble(), in -> in.advance(Double.BYTES));
      case FLOAT ->
          new Plain(in -> littleEndian(in, Float.BYTES).getFloat(), in -> in.advance(Float.BYTES));
      case NULL -> new Plain(in -> null, in -> 0);
      case FIXED -> throw new IllegalArgumentException("no record has fixed bytes: " + schema);
    };
  }

  private static Step logical(Schema schema) {
    if (schema.getLogicalType() instanceof LogicalTypes.Decimal decimal
        && schema.getType() == Schema.Type.BYTES) {
      int scale = decimal.getScale();
      return new Plain(in -> readDecimal(in, scale), SKIP_BYTES);
    }
    if (schema.getLogicalType() instanceof LogicalTypes.TimestampMillis) {
      return new Plain(in -> Instant.ofEpochMilli(in.readLong()), SKIP_NUMBER);
    }
    throw new IllegalArgumentException("no record has a " + schema.getLogicalType().getName());
  }

  private static ByteBuffer readBytes(RecordInput in) throws IOException {
    int length = in.readLength();
    int from = in.advance(length);
    return ByteBuffer.wrap(Arrays.copyOfRange(in.bytes(), from, from + length));
  }

  private static BigDecimal readDecimal(RecordInput in, int scale) throws IOException {
    int length = in.readLength();
    int from = in.advance(length);
    if (length == 0 || length > Long.BYTES) {
      return new BigDecimal(new BigInteger(in.bytes(), from, length), scale);
    }
    long unscaled = in.bytes()[from];
    for (int i = 1; i < length; i++) {
      unscaled = unscaled << Byte.SIZE | in.bytes()[from + i] & 0xFF;
    }
    return BigDecimal.valueOf(unscaled, scale);
  }

  private static ByteBuffer littleEndian(RecordInput in, int length) throws IOException {
    return ByteBuffer.wrap(in.bytes(), in.advance(length), length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private Fields fields(Schema schema) {
    Fields known = records.get(schema);
    if (known != null) {
      return known;
    }
    Fields fields = new Fields(schema, model.getClass(schema), new Step[schema.getFields().size()]);
    records.put(schema, fields);
    for (Schema.Field field : schema.getFields()) {
      fields.steps[field.pos()] = step(field.schema());
    }
    return fields;
  }

  private record Fields(Schema schema, Class<?> type, Step[] steps) implements Step {
    @Override
    public Object read(RecordInput in) throws IOException {
      SpecificRecord record = (SpecificRecord) SpecificData.newInstance(type, schema);
      for (int i = 0; i < steps.length; i++) {
        record.put(i, steps[i].read(in));
      }
      return record;
    }

    @Override
    public void skip(RecordInput in) throws IOException {
      for (Step step : steps) {
        step.skip(in);
      }
    }
  }

  private record Union(Step[] branches) implements Step {
    @Override
    public Object read(RecordInput in) throws IOException {
      return chosen(in).read(in);
    }

    @Override
    public void skip(RecordInput in) throws IOException {
      chosen(in).skip(in);
    }

    private Step chosen(RecordInput in) throws IOException {
      int branch = in.readInt();
      if (branch < 0 || branch >= branches.length) {
        throw new IOException("a union has no branch %d".formatted(branch));
      }
      return branches[branch];
    }
  }

  private record Constant(Object[] constants) implements Step {
    @Override
    public Object read(RecordInput in) throws IOException {
      int ordinal = in.readInt();
      if (ordinal < 0 || ordinal >= constants.length) {
        throw new IOException("an enum has no symbol %d".formatted(ordinal));
      }
      return constants[ordinal];
    }

    @Override
    public void skip(RecordInput in) throws IOException {
      Object unused = read(in);
    }
  }

  /** Blocks of items; one that begins with a negative count says its bytes too. */
  private static long block(RecordInput in) throws IOException {
    long count = in.readLong();
    if (count >= 0) {
      return count;
    }
    long unused = in.readLong();
    return -count;
  }

  private record Items(Step item) implements Step {
    @Override
    public Object read(RecordInput in) throws IOException {
      List<Object> items = new ArrayList<>(4);
      for (long count = block(in); count != 0; count = block(in)) {
        for (long i = 0; i < count; i++) {
          items.add(item.read(in));
        }
      }
      return items;
    }

    @Override
    public void skip(RecordInput in) throws IOException {
      for (long count = block(in); count != 0; count = block(in)) {
        for (long i = 0; i < count; i++) {
          item.skip(in);
        }
      }
    }
  }

  private record Entries(Step value) implements Step {
    @Override
    public Object read(RecordInput in) throws IOException {
      Map<String, Object> entries = new HashMap<>();
      for (long count = block(in); count != 0; count = block(in)) {
        for (long i = 0; i < count; i++) {
          String key = in.readString();
          entries.put(key, value.read(in));
        }
      }
      return entries;
    }

    @Override
    public void skip(RecordInput in) throws IOException {
      for (long count = block(in); count != 0; count = block(in)) {
        for (long i = 0; i < count; i++) {
          int unused = in.advance(in.readLength());
          value.skip(in);
        }
      }
    }
  }

  /** Values by their bytes; one that falls on another's place takes it. */
  private static final class Remembered implements Step {

    private static final int PLACES = 1024;
    private static final int LONGEST = 64;

    private final Step step;
    private final byte[][] keys = new byte[PLACES][];
    private final Object[] values = new Object[PLACES];

    Remembered(Step step) {
      this.step = step;
    }

    @Override
    public Object read(RecordInput in) throws IOException {
      int from = in.position();
      step.skip(in);
      int to = in.position();
      if (to - from > LONGEST) {
        in.position(from);
        return step.read(in);
      }
      byte[] bytes = in.bytes();
      int hash = 0;
      for (int i = from; i < to; i++) {
        hash = 31 * hash + bytes[i];
      }
      int place = (hash ^ hash >>> 10 ^ hash >>> 20) & PLACES - 1;
      byte[] key = keys[place];
      if (key != null && Arrays.equals(key, 0, key.length, bytes, from, to)) {
        return values[place];
      }
      in.position(from);
      Object read = step.read(in);
      Object value = read instanceof List<?> list ? Collections.unmodifiableList(list) : read;
      keys[place] = Arrays.copyOfRange(bytes, from, to);
      values[place] = value;
      return value;
    }

    @Override
    public void skip(RecordInput in) throws IOException {
      step.skip(in);
    }
  }
}
