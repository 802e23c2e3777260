package io.dualtrack.sandbox;

/**
 * Hashes of keys, open-addressed in one array of longs: 16 bytes for each key at worst, where a set
 * of boxed numbers takes five times that. The lowest bit of an entry says that the key was
 * answered.
 *
 * <p>Not for several threads.
 */
final class KeySet {

  static final long NO_KEY = 0;
  static final int DEFAULT_LIMIT = 1 << 22;

  private static final int FIRST_CAPACITY = 1 << 10;
  private static final long ANSWERED = 1;

  enum Seen {
    NEW,
    KNOWN,
    FULL
  }

  private final int limit;
  private long[] slots = new long[FIRST_CAPACITY];
  private int size;

  /**
   * @param limit keys that are remembered at most
   */
  KeySet(int limit) {
    this.limit = limit;
  }

  /** The entry for a key's hash; never {@link #NO_KEY}. */
  static long entry(long hash) {
    long entry = hash & ~ANSWERED;
    return entry == NO_KEY ? 2 : entry;
  }

  int size() {
    return size;
  }

  Seen see(long key) {
    int slot = slot(slots, key);
    if (slots[slot] != 0) {
      return Seen.KNOWN;
    }
    if (size >= limit) {
      return Seen.FULL;
    }
    slots[slot] = key;
    size++;
    if (size * 2 > slots.length) {
      grow();
    }
    return Seen.NEW;
  }

  /** Marks a key as answered and says whether it had been before. */
  boolean answer(long key) {
    int slot = slot(slots, key);
    if (slots[slot] == 0) {
      return false;
    }
    boolean before = (slots[slot] & ANSWERED) != 0;
    slots[slot] |= ANSWERED;
    return before;
  }

  private void grow() {
    long[] larger = new long[slots.length * 2];
    for (long entry : slots) {
      if (entry != 0) {
        larger[slot(larger, entry & ~ANSWERED)] = entry;
      }
    }
    slots = larger;
  }

  private static int slot(long[] slots, long key) {
    int mask = slots.length - 1;
    int slot = (int) (key >>> 20) & mask;
    while (slots[slot] != 0 && (slots[slot] & ~ANSWERED) != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
