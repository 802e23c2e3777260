package io.dualtrack.warehouse.postgres;

import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * A table with a column for each field of a record. Records are absolute: one of a key that is
 * there takes its place, so that writing a record twice changes nothing.
 */
final class RecordTable<V extends SpecificRecord> {

  private final String name;
  private final List<Schema.Field> fields;
  private final String upsert;
  private final String delete;
  private final boolean byKey;

  /**
   * @param key the field that is the primary key
   * @param byKey whether the records' Kafka key is that field too, so that a tombstone deletes a
   *     row
   */
  RecordTable(String name, Schema schema, String key, boolean byKey) {
    this.name = name;
    this.fields = schema.getFields();
    this.byKey = byKey;
    String keyColumn = column(key);
    List<String> columns = columns();
    this.upsert =
        "INSERT INTO %s (%s) VALUES (%s) ON CONFLICT (%s) DO UPDATE SET %s"
            .formatted(
                name,
                String.join(", ", columns),
                columns.stream().map(column -> "?").collect(Collectors.joining(", ")),
                keyColumn,
                columns.stream()
                    .filter(column -> !column.equals(keyColumn))
                    .map(column -> column + " = EXCLUDED." + column)
                    .collect(Collectors.joining(", ")));
    this.delete = "DELETE FROM %s WHERE %s = ?".formatted(name, keyColumn);
  }

  String name() {
    return name;
  }

  List<String> columns() {
    return fields.stream().map(field -> column(field.name())).toList();
  }

  /**
   * Writes the last record of each key.
   *
   * @param records by Kafka key where tombstones delete, else by any key; null values are
   *     tombstones
   */
  void write(Connection connection, Map<String, V> records) throws SQLException {
    Collection<V> present = records.values().stream().filter(record -> record != null).toList();
    if (!present.isEmpty()) {
      try (PreparedStatement statement = connection.prepareStatement(upsert)) {
        for (V record : present) {
          bind(connection, statement, record);
          statement.addBatch();
        }
        statement.executeBatch();
      }
    }
    List<String> gone = new ArrayList<>();
    records.forEach(
        (key, record) -> {
          if (record == null && byKey) {
            gone.add(key);
          }
        });
    if (!gone.isEmpty()) {
      try (PreparedStatement statement = connection.prepareStatement(delete)) {
        for (String key : gone) {
          statement.setString(1, key);
          statement.addBatch();
        }
        statement.executeBatch();
      }
    }
  }

  /** Sets a record's fields from the row that a query of all columns is at. */
  void read(ResultSet row, V record) throws SQLException {
    int place = 1;
    for (Schema.Field field : fields) {
      record.put(field.pos(), value(row, place, present(field.schema())));
      place++;
    }
  }

  private static Object value(ResultSet row, int place, Schema type) throws SQLException {
    Object value =
        switch (type.getType()) {
          case ENUM -> symbol(row.getString(place), type);
          case INT -> row.getInt(place);
          case LONG -> type.getLogicalType() == null ? row.getLong(place) : time(row, place);
          case BOOLEAN -> row.getBoolean(place);
          case BYTES -> row.getBigDecimal(place);
          case ARRAY -> List.of((String[]) row.getArray(place).getArray());
          default -> row.getString(place);
        };
    return row.wasNull() ? null : value;
  }

  private static Object symbol(String text, Schema type) {
    return text == null ? null : SpecificData.get().createEnum(text, type);
  }

  private static Instant time(ResultSet row, int place) throws SQLException {
    OffsetDateTime time = row.getObject(place, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  private static Schema present(Schema schema) {
    return schema.getType() != Schema.Type.UNION
        ? schema
        : schema.getTypes().stream()
            .filter(type -> type.getType() != Schema.Type.NULL)
            .findFirst()
            .orElseThrow();
  }

  private void bind(Connection connection, PreparedStatement statement, V record)
      throws SQLException {
    int place = 1;
    for (Schema.Field field : fields) {
      Object value = record.get(field.pos());
      if (value instanceof Instant time) {
        statement.setObject(place, time.atOffset(ZoneOffset.UTC));
      } else if (value instanceof Enum<?> symbol) {
        statement.setString(place, symbol.name());
      } else if (value instanceof List<?> list) {
        Array array = connection.createArrayOf("text", list.toArray());
        statement.setArray(place, array);
      } else if (value instanceof BigDecimal amount) {
        statement.setBigDecimal(place, amount);
      } else {
        // Texts, whole numbers, booleans and nulls are what the driver takes as they are.
        statement.setObject(place, value);
      }
      place++;
    }
  }

  /** Name of a field's column. */
  static String column(String field) {
    return field.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
