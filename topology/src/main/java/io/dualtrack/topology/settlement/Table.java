package io.dualtrack.topology.settlement;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.topology.TopologyConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * A persistent table of records that hold texts, of which every row is looked at once in a while,
 * without its text. What need not be done at the second is done then, and needs no index by time,
 * which would be two more writes for each row.
 */
public final class Table<V extends SpecificRecord> {

  private static final int FEWEST_AT_ONCE = 100;

  private final KeyValueStore<String, byte[]> store;
  private final String changelog;
  private final AvroSerde<V> whole;
  private final AvroSerde<V> looked;

  /** When the round began that goes on, or was the last. */
  private Instant began = Instant.MIN;

  private boolean goesOn;

  /** The row that the round goes on with; null for the first. */
  private String next;

  /**
   * @param name of the store, see {@link #store}
   * @param unread names of fields that nobody looks at in a round: the texts, and what encrypts
   *     them
   */
  public Table(
      ProcessorContext<?, ?> context,
      SchemaRegistry registry,
      String name,
      Class<V> type,
      Set<String> unread) {
    this.store = context.getStateStore(name);
    this.changelog = TopologyConfig.APPLICATION + "-" + name + "-changelog";
    this.whole = new AvroSerde<>(registry, type);
    this.looked = new AvroSerde<>(registry, type, unread);
  }

  /** The store of a table, with a changelog. */
  public static StoreBuilder<?> store(String name) {
    return Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(name), Serdes.String(), Serdes.ByteArray())
        .withCachingDisabled();
  }

  /** A persistent store of records that are only ever read whole, with a changelog. */
  public static <V extends SpecificRecord> StoreBuilder<?> store(
      SchemaRegistry registry, String name, Class<V> type) {
    return Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(name), Serdes.String(), new AvroSerde<>(registry, type))
        .withCachingDisabled();
  }

  /** Null where there is none. */
  public V get(String key) {
    return whole.deserialize(changelog, store.get(key));
  }

  public void put(String key, V row) {
    store.put(key, whole.serialize(changelog, row));
  }

  /** The row is put as null: a store's delete reads the old one first. */
  public void remove(String key) {
    store.put(key, null);
  }

  /** The rows whose keys begin alike, in the order of their keys. */
  List<V> startingWith(String prefix) {
    List<V> rows = new ArrayList<>();
    try (KeyValueIterator<String, byte[]> found =
        store.prefixScan(prefix, new StringSerializer())) {
      while (found.hasNext()) {
        rows.add(whole.deserialize(changelog, found.next().value));
      }
    }
    return rows;
  }

  /**
   * The rows that it is time to look at, to be asked for every second.
   *
   * @param round in which every row is told once, if they are not more than {@code most} a second
   * @return keys and rows without what is not read
   */
  public List<KeyValue<String, V>> round(Instant now, Duration round, int most) {
    if (!goesOn) {
      if (!began.isAfter(now) && now.isBefore(began.plus(round))) {
        return List.of();
      }
      began = now;
      goesOn = true;
    }
    // Twice the share: rows come and go, and their number is an estimate.
    long share = 2 * store.approximateNumEntries() / round.toSeconds();
    long wanted = Math.max(FEWEST_AT_ONCE, Math.min(share, most));
    List<KeyValue<String, V>> rows = new ArrayList<>();
    try (KeyValueIterator<String, byte[]> all = store.range(next, null)) {
      while (all.hasNext() && rows.size() < wanted) {
        KeyValue<String, byte[]> row = all.next();
        rows.add(KeyValue.pair(row.key, looked.deserialize(changelog, row.value)));
      }
      goesOn = all.hasNext();
      next = goesOn ? all.peekNextKey() : null;
    }
    return rows;
  }
}
