package io.dualtrack.gateway.console;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A small table as its topic has it: of each key the last record. */
final class LatestRecords<V> {

  private final Map<String, V> records = new TreeMap<>();

  /**
   * @param value null where the key was deleted
   */
  synchronized void put(String key, V value) {
    if (value == null) {
      records.remove(key);
    } else {
      records.put(key, value);
    }
  }

  synchronized Optional<V> get(String key) {
    return Optional.ofNullable(records.get(key));
  }

  synchronized Collection<V> values() {
    return List.copyOf(records.values());
  }
}
