package io.dualtrack.warehouse.archive;

import io.dualtrack.operations.focus.CsvField;
import io.dualtrack.schemas.LedgerEntry;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.StringJoiner;
import org.apache.avro.Schema;

/** Ledger rows as CSV after RFC 4180, a column for each field; a null is an empty field. */
public final class LedgerCsv {

  private static final List<Schema.Field> FIELDS = LedgerEntry.getClassSchema().getFields();

  private LedgerCsv() {}

  public static void head(Appendable out) throws IOException {
    StringJoiner line = new StringJoiner(",", "", "\r\n");
    FIELDS.forEach(field -> line.add(field.name()));
    out.append(line.toString());
  }

  public static void row(LedgerEntry row, Appendable out) throws IOException {
    StringJoiner line = new StringJoiner(",", "", "\r\n");
    FIELDS.forEach(field -> line.add(CsvField.quoted(text(row.get(field.pos())))));
    out.append(line.toString());
  }

  private static String text(Object value) {
    if (value == null) {
      return null;
    }
    if (value instanceof BigDecimal amount) {
      return amount.signum() == 0 ? "0" : amount.stripTrailingZeros().toPlainString();
    }
    if (value instanceof List<?> list) {
      StringJoiner parts = new StringJoiner("+");
      list.forEach(part -> parts.add(part.toString()));
      return parts.toString();
    }
    return value.toString();
  }
}
