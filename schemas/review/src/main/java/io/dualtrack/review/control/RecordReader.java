package io.dualtrack.review.control;

import io.dualtrack.schemas.AvroSerde;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Reads YAML into Avro records by their schemas, so that a field added to a schema can be written
 * in the files at once. A field's key is its name in snake case.
 *
 * <p>Scalars are taken by their text and the schema's type, never by YAML's guess: {@code NO} is a
 * country and not false, and an amount of money is a decimal and not a double.
 */
public final class RecordReader {

  /** Lists that may be left out. Leaving one of these out never permits more. */
  private static final Set<String> OPTIONAL_LISTS =
      Set.of(
          "Tenant.dataClasses",
          "Tenant.transferMechanisms",
          "ModelContract.substitutes",
          "Offering.attestations",
          "Offering.partners");

  /** Made by whoever publishes; not to be written in a file. */
  private static final Set<String> COMPUTED =
      Set.of(
          "Price.priceId",
          "CurrencyRate.rateId",
          "PolicyBundle.publishedAt",
          "PolicyBundle.signature",
          "PolicyBundle.signedBy");

  /** Made from the content where it is not written. */
  private static final Set<String> DERIVED = Set.of("Price.version", "PolicyBundle.version");

  /** Another way to write a rate: money for a million tokens, as price lists say it. */
  private static final String PER_MILLION = "per_million";

  private static final int TOKENS_OF_PRICE_LISTS = 6;

  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE][-+]?\\d{1,2})?");

  static {
    AvroSerde.trustRecords();
  }

  private final String file;
  private final Places places;

  public RecordReader(String file, Places places) {
    this.file = file;
    this.places = places;
  }

  /**
   * A record, or nothing where the node holds problems; they are with the places then. Fields that
   * are computed later hold an empty text or the epoch.
   */
  public <T extends SpecificRecord> Optional<T> read(Node node, Class<T> type) {
    Schema schema = SpecificData.getForClass(type).getSchema(type);
    return record(node, schema, nameOf(schema), Optional.empty()).map(type::cast);
  }

  /**
   * A record like another one, but for the keys that are written.
   *
   * @param allowed keys that may stand beside the record's own
   */
  public <T extends SpecificRecord> Optional<T> readLike(
      Node node, T base, Class<T> type, Set<String> allowed) {
    Schema schema = base.getSchema();
    return record(node, schema, nameOf(schema), Optional.of(new Base(base, allowed)))
        .map(type::cast);
  }

  private record Base(SpecificRecord record, Set<String> allowed) {}

  private static String nameOf(Schema schema) {
    return schema.getName().toLowerCase(Locale.ROOT);
  }

  /** The entries of a mapping by key; problems where it is none, or where a key comes twice. */
  public Map<String, NodeTuple> entries(Node node, String name) {
    if (!(node instanceof MappingNode mapping)) {
      places.problem(
          file, node, "%s is not a mapping".formatted(name), "write it as 'key: value' lines");
      return Map.of();
    }
    Map<String, NodeTuple> entries = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      Node key = tuple.getKeyNode();
      if (!(key instanceof ScalarNode scalar)) {
        places.problem(file, key, "a key of %s is not a text".formatted(name), "write a plain key");
      } else if (entries.putIfAbsent(scalar.getValue(), tuple) != null) {
        places.problem(
            file,
            key,
            "%s has the key '%s' twice".formatted(name, scalar.getValue()),
            "keep one of them");
      }
    }
    return entries;
  }

  private Optional<SpecificRecord> record(
      Node node, Schema schema, String name, Optional<Base> base) {
    int before = places.count();
    Map<String, NodeTuple> entries = entries(node, name);
    if (!(node instanceof MappingNode mapping)) {
      return Optional.empty();
    }
    SpecificRecord record = (SpecificRecord) SpecificData.newInstance(classOf(schema), schema);
    Set<String> known = new TreeSet<>();
    base.ifPresent(like -> known.addAll(like.allowed()));
    for (Schema.Field field : schema.getFields()) {
      String qualified = schema.getName() + "." + field.name();
      if (COMPUTED.contains(qualified)) {
        record.put(
            field.pos(),
            base.map(like -> like.record().get(field.pos()))
                .orElseGet(
                    () -> field.hasDefaultValue() ? defaultOf(field) : empty(field.schema())));
        continue;
      }
      String key = snakeCase(field.name());
      known.add(key);
      NodeTuple entry = entries.get(key);
      if (entry != null) {
        value(entry.getValueNode(), field.schema(), key)
            .ifPresent(value -> record.put(field.pos(), value.value()));
      } else if (qualified.equals("Rate.perToken") && entries.containsKey(PER_MILLION)) {
        known.add(PER_MILLION);
        decimal(entries.get(PER_MILLION).getValueNode(), field.schema(), PER_MILLION)
            .ifPresent(value -> record.put(field.pos(), value.value()));
      } else if (base.isPresent()) {
        record.put(field.pos(), base.get().record().get(field.pos()));
      } else {
        absent(record, field, qualified, node, key, name);
      }
    }
    refuseUnknown(entries, known, name);
    if (places.count() > before) {
      return Optional.empty();
    }
    places.remember(record, file, mapping);
    return Optional.of(record);
  }

  private void absent(
      SpecificRecord record,
      Schema.Field field,
      String qualified,
      Node node,
      String key,
      String name) {
    if (field.hasDefaultValue()) {
      record.put(field.pos(), defaultOf(field));
    } else if (OPTIONAL_LISTS.contains(qualified)) {
      record.put(field.pos(), List.of());
    } else if (DERIVED.contains(qualified)) {
      record.put(field.pos(), "");
    } else {
      places.problem(
          file,
          node,
          "%s has no '%s'".formatted(name, key),
          "add '%s: …' (%s)".formatted(key, describe(field.schema())));
    }
  }

  private static Object defaultOf(Schema.Field field) {
    return SpecificData.getForSchema(field.schema()).getDefaultValue(field);
  }

  private void refuseUnknown(Map<String, NodeTuple> entries, Set<String> known, String name) {
    entries.forEach(
        (key, tuple) -> {
          if (!known.contains(key)) {
            places.problem(
                file,
                tuple.getKeyNode(),
                "%s has the unknown key '%s'".formatted(name, key),
                "use one of " + String.join(", ", known));
          }
        });
  }

  /** A value that may be null; an absent one could not be read. */
  private record Value(Object value) {}

  private Optional<Value> value(Node node, Schema schema, String key) {
    return switch (schema.getType()) {
      case UNION -> nullable(node, schema, key);
      case ARRAY -> list(node, schema.getElementType(), key);
      case RECORD -> record(node, schema, key, Optional.empty()).map(Value::new);
      case BYTES -> decimal(node, schema, key);
      default -> text(node, schema, key).flatMap(text -> scalar(node, text, schema, key));
    };
  }

  private Optional<Value> nullable(Node node, Schema schema, String key) {
    if (isNull(node)) {
      return Optional.of(new Value(null));
    }
    Schema present =
        schema.getTypes().stream()
            .filter(type -> type.getType() != Schema.Type.NULL)
            .findFirst()
            .orElseThrow();
    return value(node, present, key);
  }

  private Optional<Value> list(Node node, Schema element, String key) {
    if (!(node instanceof SequenceNode sequence)) {
      places.problem(
          file,
          node,
          "'%s' is not a list".formatted(key),
          "write it as [a, b] or as lines with '- ' ([] for none)");
      return Optional.empty();
    }
    List<Object> values = new ArrayList<>();
    boolean whole = true;
    for (Node item : sequence.getValue()) {
      Optional<Value> value = value(item, element, key);
      whole &= value.isPresent();
      value.ifPresent(read -> values.add(read.value()));
    }
    return whole ? Optional.of(new Value(values)) : Optional.empty();
  }

  private Optional<Value> decimal(Node node, Schema schema, String key) {
    Optional<String> text = text(node, schema, key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    int scale = ((LogicalTypes.Decimal) schema.getLogicalType()).getScale();
    int precision = ((LogicalTypes.Decimal) schema.getLogicalType()).getPrecision();
    if (NUMBER.matcher(text.get()).matches()) {
      BigDecimal number = new BigDecimal(text.get());
      BigDecimal exact =
          key.equals(PER_MILLION) ? number.movePointLeft(TOKENS_OF_PRICE_LISTS) : number;
      if (exact.stripTrailingZeros().scale() <= scale
          && exact.precision() - exact.scale() <= precision - scale) {
        return Optional.of(new Value(exact.setScale(scale, RoundingMode.UNNECESSARY)));
      }
    }
    places.problem(
        file,
        node,
        "'%s' is not a decimal number: %s".formatted(key, text.get()),
        "write digits with a point and at most %d places".formatted(scale));
    return Optional.empty();
  }

  private Optional<String> text(Node node, Schema schema, String key) {
    if (node instanceof ScalarNode scalar && !isNull(node)) {
      return Optional.of(scalar.getValue());
    }
    places.problem(
        file,
        node,
        "'%s' %s".formatted(key, isNull(node) ? "has no value" : "is not a single value"),
        "write " + describe(schema));
    return Optional.empty();
  }

  private Optional<Value> scalar(Node node, String text, Schema schema, String key) {
    Optional<Value> value =
        switch (schema.getType()) {
          case STRING -> Optional.of(new Value(text));
          case ENUM ->
              schema.getEnumSymbols().contains(text)
                  ? Optional.of(new Value(SpecificData.get().createEnum(text, schema)))
                  : Optional.empty();
          case BOOLEAN ->
              text.equals("true") || text.equals("false")
                  ? Optional.of(new Value(Boolean.valueOf(text)))
                  : Optional.empty();
          case INT ->
              whole(text)
                  .filter(number -> number.intValue() == number)
                  .map(number -> new Value(number.intValue()));
          case LONG ->
              schema.getLogicalType() == null
                  ? whole(text).map(Value::new)
                  : instant(text).map(Value::new);
          default ->
              throw new IllegalStateException("no way to write " + schema.getType() + " in YAML");
        };
    if (value.isEmpty()) {
      places.problem(
          file, node, "'%s' cannot be '%s'".formatted(key, text), "write " + describe(schema));
    }
    return value;
  }

  private static Optional<Long> whole(String text) {
    return text.matches("-?\\d{1,18}") ? Optional.of(Long.valueOf(text)) : Optional.empty();
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(
          text.length() == 10
              ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
              : Instant.parse(text));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private static String describe(Schema schema) {
    return switch (schema.getType()) {
      case UNION -> describe(schema.getTypes().get(1));
      case ENUM -> "one of " + String.join(", ", schema.getEnumSymbols());
      case BOOLEAN -> "true or false";
      case INT -> "a whole number";
      case LONG ->
          schema.getLogicalType() == null
              ? "a whole number"
              : "a day like 2026-01-31 or an instant like 2026-01-31T12:00:00Z";
      case BYTES -> "a decimal number";
      case ARRAY -> "a list";
      case RECORD -> "a mapping";
      default -> "a text";
    };
  }

  private static Object empty(Schema schema) {
    return schema.getType() == Schema.Type.STRING ? "" : Instant.EPOCH;
  }

  private static Class<?> classOf(Schema schema) {
    return SpecificData.get().getClass(schema);
  }

  static String snakeCase(String camelCase) {
    return camelCase.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
