package io.dualtrack.schemas;

/** Writes records of one type in Avro's binary encoding. */
@FunctionalInterface
public interface RecordWriter<V> {

  /**
   * @throws RuntimeException if a value does not fit its field: null where none may be, an amount
   *     with too many digits
   */
  void write(V record, RecordOutput out);
}
