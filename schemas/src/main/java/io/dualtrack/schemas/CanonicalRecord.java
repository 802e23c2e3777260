package io.dualtrack.schemas;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * A record as bytes that two processes agree on although they were built with different versions of
 * its schema: fields by name, and those that hold their default left out. So a field that is added
 * later changes nothing for records that do not use it; a reader that is too old to know a field
 * that is used gets other bytes, and finds a signature over them wrong, which is what it should.
 */
final class CanonicalRecord {

  static {
    AvroSerde.trustRecords();
  }

  private CanonicalRecord() {}

  /**
   * @param omitted names of fields of the record itself that are left out
   */
  static byte[] bytes(SpecificRecord record, Set<String> omitted) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      write(record, omitted, out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  /** SHA-256, hex, of {@link #bytes}. */
  static String hash(SpecificRecord record, Set<String> omitted) {
    return HexFormat.of().formatHex(sha256().digest(bytes(record, omitted)));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  private static void write(SpecificRecord record, Set<String> omitted, DataOutputStream out)
      throws IOException {
    List<Schema.Field> fields =
        record.getSchema().getFields().stream()
            .filter(field -> !omitted.contains(field.name()))
            .filter(field -> !holdsDefault(record, field))
            .sorted(Comparator.comparing(Schema.Field::name))
            .toList();
    out.writeByte('R');
    text(record.getSchema().getFullName(), out);
    out.writeInt(fields.size());
    for (Schema.Field field : fields) {
      text(field.name(), out);
      value(record.get(field.pos()), out);
    }
  }

  private static boolean holdsDefault(SpecificRecord record, Schema.Field field) {
    return field.hasDefaultValue()
        && Objects.equals(
            record.get(field.pos()),
            SpecificData.getForSchema(record.getSchema()).getDefaultValue(field));
  }

  private static void value(Object value, DataOutputStream out) throws IOException {
    if (value == null) {
      out.writeByte('0');
    } else if (value instanceof SpecificRecord record) {
      write(record, Set.of(), out);
    } else if (value instanceof Collection<?> items) {
      out.writeByte('A');
      out.writeInt(items.size());
      for (Object item : items) {
        value(item, out);
      }
    } else if (value instanceof ByteBuffer buffer) {
      byte[] copy = new byte[buffer.remaining()];
      buffer.duplicate().get(copy);
      out.writeByte('B');
      out.writeInt(copy.length);
      out.write(copy);
    } else if (value instanceof Instant instant) {
      out.writeByte('I');
      out.writeLong(instant.toEpochMilli());
    } else if (value instanceof BigDecimal decimal) {
      out.writeByte('T');
      text(decimal.toString(), out);
    } else if (value instanceof CharSequence
        || value instanceof Number
        || value instanceof Boolean
        || value instanceof Enum<?>) {
      out.writeByte('T');
      text(value.toString(), out);
    } else {
      throw new IllegalArgumentException("no canonical form of a " + value.getClass().getName());
    }
  }

  private static void text(String text, DataOutputStream out) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }
}
