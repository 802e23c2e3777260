package io.dualtrack.operations.focus;

/** One field of CSV after RFC 4180. */
public final class CsvField {

  private CsvField() {}

  /** The field with quotes where it needs them; empty for null. */
  public static String quoted(String field) {
    if (field == null) {
      return "";
    }
    boolean plain = field.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return plain ? field : "\"" + field.replace("\"", "\"\"") + "\"";
  }
}
