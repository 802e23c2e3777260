package io.dualtrack.inference.prefix;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What waits, in an order that keeps the replicas' prefix caches warm.
 *
 * <p>Sorted by prefix, those that share a beginning are neighbours, and a replica that goes through
 * them one after the other computes each beginning once. So every replica has a place of its own in
 * the sorted list and goes on from there; at the end of a group it moves to the middle of the
 * widest stretch that no other replica is about to go through. What comes later and continues a
 * prompt that a replica still has in its cache is taken by that replica first, before it forgets.
 * What has no prefix is taken in the order it came, in turn with the rest. One thread.
 *
 * <p>All that waits is reached: a replica only moves forward within a group, and the widest stretch
 * shrinks by each that is taken.
 *
 * @param <T> what waits
 */
public final class PrefixQueue<T> {

  /** Blocks in common that make a group; the first is a system prompt that many share. */
  public static final int GROUP_BLOCKS = 2;

  /** Something that waits. */
  public static final class Entry<T> {
    private final T item;
    private final Prefix prefix;
    private final long number;
    private Deque<Entry<T>> in;

    private Entry(T item, Prefix prefix, long number) {
      this.item = item;
      this.prefix = prefix;
      this.number = number;
    }

    public T item() {
      return item;
    }

    public Prefix prefix() {
      return prefix;
    }
  }

  private final Comparator<Entry<T>> order =
      Comparator.comparing(Entry<T>::prefix).thenComparingLong(entry -> entry.number);
  private final Deque<Entry<T>> plain = new ArrayDeque<>();
  private final List<Entry<T>> sorted = new ArrayList<>();

  /** Per replica, what continues something that it has in its cache. */
  private final Map<Object, Deque<Entry<T>>> warm = new HashMap<>();

  /** Per replica, what it took last of {@link #sorted}. */
  private final Map<Object, Entry<T>> places = new HashMap<>();

  private long number;
  private boolean plainWasLast;
  private int size;

  /** Something that is taken in the order it comes. */
  public void add(T item) {
    size++;
    enter(plain, new Entry<>(item, Prefix.NONE, number++), false);
  }

  /** Something that is to be taken before all others that have no prefix. */
  public void addFirst(T item) {
    size++;
    enter(plain, new Entry<>(item, Prefix.NONE, number++), true);
  }

  /**
   * @param caches of the replicas, by whatever {@link #peek} names them by
   */
  public <R> void add(T item, Prefix prefix, Map<R, WarmBlocks> caches) {
    if (prefix.length() == 0) {
      add(item);
      return;
    }
    size++;
    Entry<T> entry = new Entry<>(item, prefix, number++);
    R best = null;
    int most = GROUP_BLOCKS - 1;
    for (Map.Entry<R, WarmBlocks> cache : caches.entrySet()) {
      int blocks = cache.getValue().warm(prefix);
      if (blocks > most) {
        most = blocks;
        best = cache.getKey();
      }
    }
    if (best == null) {
      sort(entry);
    } else {
      enter(warm.computeIfAbsent(best, replica -> new ArrayDeque<>()), entry, false);
    }
  }

  private void enter(Deque<Entry<T>> deque, Entry<T> entry, boolean first) {
    entry.in = deque;
    if (first) {
      deque.addFirst(entry);
    } else {
      deque.addLast(entry);
    }
  }

  private void sort(Entry<T> entry) {
    entry.in = null;
    sorted.add(after(entry), entry);
  }

  /** Index of the first that comes after an entry. */
  private int after(Entry<T> entry) {
    int index = Collections.binarySearch(sorted, entry, order);
    return index < 0 ? -index - 1 : index + 1;
  }

  /**
   * What a replica should do next; stays until {@link #take}.
   *
   * @param cache of the replica
   */
  public Optional<Entry<T>> peek(Object replica, WarmBlocks cache) {
    if (size == 0) {
      return Optional.empty();
    }
    boolean plainNow = !plain.isEmpty() && (!plainWasLast || plain.size() == size);
    return Optional.of(plainNow ? plain.peekFirst() : grouped(replica, cache));
  }

  private Entry<T> grouped(Object replica, WarmBlocks cache) {
    Deque<Entry<T>> mine = warm.get(replica);
    while (mine != null && !mine.isEmpty()) {
      if (cache.warm(mine.peekFirst().prefix) >= GROUP_BLOCKS) {
        return mine.peekFirst();
      }
      sort(mine.removeFirst());
    }
    if (sorted.isEmpty()) {
      // Nothing but what others have warm: better here than not at all.
      return warm.values().stream()
          .max(Comparator.comparingInt(Collection::size))
          .orElseThrow()
          .peekFirst();
    }
    Entry<T> place = places.get(replica);
    if (place != null) {
      int next = after(place);
      if (next < sorted.size() && sameGroup(sorted.get(next), place)) {
        return sorted.get(next);
      }
    }
    return sorted.get(widestStretch(replica));
  }

  private static <T> boolean sameGroup(Entry<T> one, Entry<T> other) {
    return one.prefix.common(other.prefix) >= GROUP_BLOCKS;
  }

  /** Where a replica starts its next group: far from where the others are going. */
  private int widestStretch(Object replica) {
    int[] others =
        places.entrySet().stream()
            .filter(place -> !place.getKey().equals(replica))
            .mapToInt(place -> after(place.getValue()))
            .sorted()
            .toArray();
    if (others.length == 0) {
      return 0;
    }
    // Before the first place nobody goes any more, so that stretch is begun at its start.
    int from = 0;
    int width = others[0];
    boolean open = true;
    for (int i = 0; i < others.length; i++) {
      int end = i + 1 < others.length ? others[i + 1] : sorted.size();
      if (end - others[i] > width) {
        from = others[i];
        width = end - from;
        open = false;
      }
    }
    int start = open ? from : from + width / 2;
    while (start > 0
        && start + 1 < from + width
        && sameGroup(sorted.get(start), sorted.get(start - 1))) {
      start++;
    }
    return Math.min(start, sorted.size() - 1);
  }

  /** Takes what {@link #peek} gave to a replica. */
  public void take(Object replica, Entry<T> entry) {
    size--;
    plainWasLast = entry.in == plain;
    if (entry.in != null) {
      entry.in.remove(entry);
      return;
    }
    sorted.remove(after(entry) - 1);
    places.put(replica, entry);
  }

  /** Takes out what fulfils a condition. */
  public List<T> removeIf(Predicate<T> condition) {
    List<T> removed = new ArrayList<>();
    Stream.concat(Stream.of(plain, sorted), warm.values().stream())
        .forEach(
            all -> {
              for (Iterator<Entry<T>> each = all.iterator(); each.hasNext(); ) {
                T item = each.next().item;
                if (condition.test(item)) {
                  removed.add(item);
                  each.remove();
                }
              }
            });
    size -= removed.size();
    return removed;
  }

  public int size() {
    return size;
  }
}
