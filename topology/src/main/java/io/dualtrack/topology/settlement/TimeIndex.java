package io.dualtrack.topology.settlement;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * What is to be done at which time, in the order of time.
 *
 * <p>Most entries are taken out before their time, and leave tombstones at the head of the store. A
 * look for due entries therefore starts where the last one ended and not at the beginning.
 */
public final class TimeIndex {

  /** Covers entries that were added a moment late, by a clock that was set back a little. */
  private static final long OVERLAP_MILLIS = 60_000;

  private final KeyValueStore<String, String> store;
  private long lookedUntil;

  public TimeIndex(KeyValueStore<String, String> store) {
    this.store = store;
  }

  /** The store of an index, with a changelog. */
  public static StoreBuilder<?> store(String name) {
    return Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(name), Serdes.String(), Serdes.String())
        .withCachingDisabled();
  }

  /**
   * @param what unique together with the time; told again when it is due
   */
  public void add(Instant at, String what) {
    store.put(key(at, what), what);
  }

  public void remove(Instant at, String what) {
    store.put(key(at, what), null);
  }

  /** Takes out what is due, the oldest first, and not more than {@code most} at once. */
  public List<String> takeDue(Instant now, int most) {
    if (now.toEpochMilli() < lookedUntil - OVERLAP_MILLIS) {
      lookedUntil = 0;
    }
    String from = time(Math.max(0, lookedUntil - OVERLAP_MILLIS));
    String to = time(now.toEpochMilli() + 1);
    List<String> due = new ArrayList<>();
    List<String> keys = new ArrayList<>();
    try (KeyValueIterator<String, String> entries = store.range(from, to)) {
      while (entries.hasNext() && due.size() < most) {
        KeyValue<String, String> entry = entries.next();
        keys.add(entry.key);
        due.add(entry.value);
      }
    }
    keys.forEach(key -> store.put(key, null));
    if (due.size() < most) {
      lookedUntil = now.toEpochMilli();
    }
    return due;
  }

  private static String key(Instant at, String what) {
    return time(at.toEpochMilli()) + '\0' + what;
  }

  private static String time(long millis) {
    return HexFormat.of().toHexDigits(millis);
  }
}
