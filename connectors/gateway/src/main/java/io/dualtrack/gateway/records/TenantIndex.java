package io.dualtrack.gateway.records;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;

/**
 * Objects of tenants by id, and in the order in which they were made. Whoever asks says for which
 * tenant: another tenant's objects do not exist. Threads may share an index.
 */
public final class TenantIndex<V> {

  private record Place(Instant createdAt, String id) implements Comparable<Place> {
    private static final Comparator<Place> ORDER =
        Comparator.comparing(Place::createdAt).thenComparing(Place::id);

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }
  }

  private record Entry<V>(String tenant, Place place, V value) {}

  private final Map<String, Entry<V>> byId = new ConcurrentHashMap<>();
  private final Map<String, ConcurrentNavigableMap<Place, V>> byTenant = new ConcurrentHashMap<>();

  /** Puts an object in place of the one with the same id. */
  public void put(String id, String tenant, Instant createdAt, V value) {
    Entry<V> entry = new Entry<>(tenant, new Place(createdAt, id), value);
    Entry<V> before = byId.put(id, entry);
    if (before != null && !before.place().equals(entry.place())) {
      byTenant.get(before.tenant()).remove(before.place());
    }
    byTenant
        .computeIfAbsent(tenant, unknown -> new ConcurrentSkipListMap<>())
        .put(entry.place(), value);
  }

  public void remove(String id) {
    Entry<V> entry = byId.remove(id);
    if (entry != null) {
      byTenant.get(entry.tenant()).remove(entry.place());
    }
  }

  public Optional<V> get(String tenant, String id) {
    return Optional.ofNullable(byId.get(id))
        .filter(entry -> entry.tenant().equals(tenant))
        .map(Entry::value);
  }

  /** Whoever's it is. */
  public Optional<V> get(String id) {
    return Optional.ofNullable(byId.get(id)).map(Entry::value);
  }

  /** All of a tenant, oldest first, as they stand now. */
  public List<V> all(String tenant) {
    return List.copyOf(byTenant.getOrDefault(tenant, new ConcurrentSkipListMap<>()).values());
  }

  /** All of all tenants, in no order. */
  public List<V> all() {
    return byId.values().stream().map(Entry::value).toList();
  }

  /**
   * A page of a tenant's objects that the filter takes.
   *
   * @param after id behind which the page begins; null for the first page
   * @param before id before which the page ends, in reading order; null for none
   * @param limit at least 1
   * @param newestFirst whether to read from the newest
   * @return nothing where {@code after} or {@code before} is not the tenant's
   */
  public Optional<Page<V>> page(
      String tenant,
      String after,
      String before,
      int limit,
      boolean newestFirst,
      Predicate<V> filter) {
    NavigableMap<Place, V> places = byTenant.getOrDefault(tenant, new ConcurrentSkipListMap<>());
    NavigableMap<Place, V> read = newestFirst ? places.descendingMap() : places;
    boolean backwards = after == null && before != null;
    for (String mark : new String[] {after, before}) {
      if (mark != null && get(tenant, mark).isEmpty()) {
        return Optional.empty();
      }
    }
    if (after != null) {
      read = read.tailMap(byId.get(after).place(), false);
    } else if (before != null) {
      // The page that ends right before: read from there towards the beginning, and turn it.
      read = read.headMap(byId.get(before).place(), false).descendingMap();
    }
    List<V> data = new ArrayList<>();
    boolean more = false;
    for (V value : read.values()) {
      if (!filter.test(value)) {
        continue;
      }
      if (data.size() == limit) {
        more = true;
        break;
      }
      data.add(backwards ? 0 : data.size(), value);
    }
    return Optional.of(new Page<>(data, more));
  }

  /**
   * Part of a list.
   *
   * @param more whether there is more behind it, in the direction of reading
   */
  public record Page<V>(List<V> data, boolean more) {
    public Page {
      data = List.copyOf(data);
    }
  }
}
