package io.dualtrack.schemas;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;

/**
 * Where a record has its text, as the annotation on the field says: {@code @text({"tenant":
 * "facts.tenant", "account": "facts.account", "id": "facts.requestId"})}, with the way to whom the
 * text is about and to the id that the ciphertext is bound to. Beside it is the field {@code
 * sealed}.
 *
 * <p>What is bound is the record's type, its tenant and that id: a ciphertext that is moved to
 * another request, or taken for another kind of record, is not opened.
 *
 * @param holder way from the record that is read to the one with the text; empty where it is the
 *     same
 */
record TextField(
    String type,
    List<Integer> holder,
    int text,
    int sealed,
    List<Integer> tenant,
    List<Integer> account,
    List<Integer> id) {

  private static final String ANNOTATION = "text";

  /** The text of records of a schema itself; empty where they have none. */
  static Optional<TextField> of(Schema schema) {
    return of(schema, List.of());
  }

  /** The texts of records of a schema, and of records in them. */
  static List<TextField> allOf(Schema schema) {
    List<TextField> found = new ArrayList<>();
    collect(schema, List.of(), new HashSet<>(), found);
    return List.copyOf(found);
  }

  private static void collect(
      Schema schema, List<Integer> way, Set<String> above, List<TextField> found) {
    if (!above.add(schema.getFullName())) {
      return;
    }
    of(schema, way).ifPresent(found::add);
    for (Schema.Field field : schema.getFields()) {
      Schema type = present(field.schema());
      if (type.getType() == Schema.Type.RECORD) {
        List<Integer> further = new ArrayList<>(way);
        further.add(field.pos());
        collect(type, List.copyOf(further), above, found);
      }
    }
    above.remove(schema.getFullName());
  }

  private static Optional<TextField> of(Schema schema, List<Integer> way) {
    for (Schema.Field field : schema.getFields()) {
      if (field.getObjectProp(ANNOTATION) instanceof Map<?, ?> bound) {
        return Optional.of(
            new TextField(
                schema.getFullName(),
                way,
                field.pos(),
                schema.getField("sealed").pos(),
                way(schema, (String) bound.get("tenant")),
                way(schema, (String) bound.get("account")),
                way(schema, (String) bound.get("id"))));
      }
    }
    return Optional.empty();
  }

  private static Schema present(Schema schema) {
    return schema.isUnion() && schema.getTypes().size() == 2 && schema.isNullable()
        ? schema.getTypes().get(schema.getTypes().get(0).getType() == Schema.Type.NULL ? 1 : 0)
        : schema;
  }

  private static List<Integer> way(Schema schema, String names) {
    List<Integer> positions = new ArrayList<>();
    Schema at = schema;
    for (String name : names.split("\\.", -1)) {
      Schema.Field field = at.getField(name);
      positions.add(field.pos());
      at = field.schema();
    }
    return List.copyOf(positions);
  }

  private static String value(SpecificRecord record, List<Integer> way) {
    Object value = record;
    for (int position : way) {
      value = ((SpecificRecord) value).get(position);
    }
    return (String) value;
  }

  private TextSubject subject(SpecificRecord record) {
    return new TextSubject(value(record, tenant), value(record, account));
  }

  private String boundTo(SpecificRecord record, TextSubject subject) {
    return type + '\0' + subject.tenant() + '\0' + value(record, id);
  }

  /** Of a record whose text is not sealed yet; empty where there is nothing to seal. */
  Optional<SealedText> seal(SpecificRecord record, TextSeal texts) {
    Object plain = record.get(text);
    if (plain == null || record.get(sealed) != null) {
      return Optional.empty();
    }
    TextSubject subject = subject(record);
    return texts.seal(subject, boundTo(record, subject), (String) plain);
  }

  /** Puts the text of a record that was read into its place, where it can be opened. */
  void open(SpecificRecord root, TextSeal texts) {
    SpecificRecord record = root;
    for (int position : holder) {
      record = (SpecificRecord) record.get(position);
      if (record == null) {
        return;
      }
    }
    if (record.get(sealed) instanceof SealedText found) {
      TextSubject subject = subject(record);
      Optional<String> opened = texts.open(subject, boundTo(record, subject), found);
      if (opened.isPresent()) {
        record.put(text, opened.get());
        record.put(sealed, null);
      }
    }
  }
}
