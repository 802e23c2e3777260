package io.dualtrack.jobs.abuse;

import java.nio.ByteBuffer;

/**
 * Items that one account alone has shown, in a fixed number of bytes for each shard: sets of at
 * most {@value #WAYS}, so that few have to be looked at; where a set is full, the item that came
 * first makes room. Most items are never shown again, and so no state of their own is ever made for
 * them. What is lost when the table turns over fast is shown again within minutes by whoever lives
 * on it.
 *
 * <p>A set is a ring in one piece of memory, with 64 bits before it that tell which items are known
 * not to be shared: what is looked up is in no cache, and each place that is looked at costs more
 * than everything that is done there.
 */
final class Singles {

  private static final int ENTRY_BYTES = 12;
  private static final int WAYS = 16;

  /** Where in its ring a set is written next; before it are the bits of what is shared. */
  private static final int NEXT = 1;

  private static final int ITEMS = 2;
  private static final int LINE = 8;

  private final int ways;
  private final int sets;

  /** Longs of a set: the two above, its items, their owners two in each. */
  private final int length;

  private final long[] table;

  /**
   * @param shards which are counted from 0 here
   * @param entries of each shard
   */
  Singles(int shards, int entries) {
    this.ways = Math.min(WAYS, entries);
    this.sets = entries / ways;
    this.length = ITEMS + ways + (ways + 1) / 2;
    this.table = new long[shards * sets * length];
  }

  /**
   * @param bytes as {@link #bytes} wrote them
   */
  void read(int shard, byte[] bytes) {
    ByteBuffer entries = ByteBuffer.wrap(bytes);
    for (int entry = entries.capacity() / ENTRY_BYTES - 1; entry >= 0; entry--) {
      long item = entries.getLong(entry * ENTRY_BYTES);
      if (item != 0) {
        add(base(shard, item), item, entries.getInt(entry * ENTRY_BYTES + Long.BYTES));
      }
    }
  }

  /** Item and the lower half of its account's key, set for set, the latest first. */
  byte[] bytes(int shard) {
    ByteBuffer entries = ByteBuffer.allocate(sets * ways * ENTRY_BYTES);
    for (int set = 0; set < sets; set++) {
      int base = (shard * sets + set) * length;
      entries.position(set * ways * ENTRY_BYTES);
      for (int age = 1; age <= ways; age++) {
        int place = Math.floorMod((int) table[base + NEXT] - age, ways);
        if (table[base + ITEMS + place] != 0) {
          entries.putLong(table[base + ITEMS + place]).putInt(owner(base, place));
        }
      }
    }
    return entries.array();
  }

  /**
   * Has what will be looked up for an item brought near. Asked for one item after the other before
   * the first is looked up, memory brings them at the same time.
   *
   * @return any number, so that it is really read
   */
  long fetch(int shard, long item) {
    int base = base(shard, item);
    long read = table[base + length - 1];
    for (int at = 0; at < length; at += LINE) {
      read += table[base + at];
    }
    return read;
  }

  /**
   * Whether another account has shown the item; if so, the item is no single any more and leaves.
   */
  boolean isShared(int shard, long item, long account) {
    int base = base(shard, item);
    int owner = (int) account;
    for (int place = 0; place < ways; place++) {
      if (table[base + ITEMS + place] == item) {
        boolean isShared = owner(base, place) != owner;
        if (isShared) {
          remove(base, place);
          addShared(shard, item);
        }
        return isShared;
      }
    }
    add(base, item, owner);
    return false;
  }

  /** Notes that an item is shared. */
  void addShared(int shard, long item) {
    table[base(shard, item)] |= bit(item);
  }

  /** Forgets which items of a shard are shared. */
  void clearShared(int shard) {
    for (int set = 0; set < sets; set++) {
      table[(shard * sets + set) * length] = 0;
    }
  }

  /** Whether an item may be one of those that were noted to be shared; most others are not. */
  boolean mayBeShared(int shard, long item) {
    return (table[base(shard, item)] & bit(item)) != 0;
  }

  /** Where the item's set begins, by other bits than those that chose the shard. */
  private int base(int shard, long item) {
    return (shard * sets + (int) (item >>> 40) % sets) * length;
  }

  private static long bit(long item) {
    return 1L << (item >>> 5);
  }

  private void add(int base, long item, int owner) {
    int place = (int) table[base + NEXT];
    table[base + ITEMS + place] = item;
    setOwner(base, place, owner);
    table[base + NEXT] = place + 1 == ways ? 0 : place + 1;
  }

  /** Those that came before close up, so that the free place is that of the next that goes. */
  private void remove(int base, int place) {
    int first = (int) table[base + NEXT];
    int to = place;
    while (to != first) {
      int from = to == 0 ? ways - 1 : to - 1;
      table[base + ITEMS + to] = table[base + ITEMS + from];
      setOwner(base, to, owner(base, from));
      to = from;
    }
    table[base + ITEMS + first] = 0;
  }

  private int owner(int base, int place) {
    return (int) (table[base + ITEMS + ways + place / 2] >>> 32 * (place & 1));
  }

  private void setOwner(int base, int place, int owner) {
    int at = base + ITEMS + ways + place / 2;
    int shift = 32 * (place & 1);
    table[at] = (table[at] & ~(0xffffffffL << shift)) | (owner & 0xffffffffL) << shift;
  }
}
