package io.dualtrack.jobs.abuse;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.TgtHllType;
import org.apache.datasketches.memory.Memory;
import org.apache.datasketches.memory.WritableMemory;

/** Items that several accounts have shown, each with an HLL of its accounts; shard by shard. */
final class SharedItems {

  private static final int LG_K = 9;
  private static final int LAST_SEEN_BYTES = 8;
  private static final int FEWEST_PLACES = 8;

  /** Accounts from which on a sketch has its full size, and is asked for often. */
  private static final int MANY = 64;

  static {
    SketchLibrary.start();
  }

  /** One item and its accounts. */
  static final class Counted {

    final long item;
    private long lastSeen;

    /** Null while {@link #open} is not. */
    private byte[] sketch;

    /** The sketch of an item of many accounts, which would be read and written all the time. */
    private HllSketch open;

    private boolean isChanged;

    private Counted(long item, long lastSeen, byte[] sketch) {
      this.item = item;
      this.lastSeen = lastSeen;
      this.sketch = sketch;
    }

    /**
     * Has the sketch brought near.
     *
     * @return any number, so that it is really read
     */
    int fetch() {
      return open == null ? sketch[sketch.length - 1] : 0;
    }

    /**
     * Counts an account.
     *
     * @return how many there were before and are now, about
     */
    Numbers add(long account, long at) {
      lastSeen = Math.max(lastSeen, at);
      isChanged = true;
      HllSketch accounts = open == null ? HllSketch.heapify(Memory.wrap(sketch)) : open;
      double before = accounts.getEstimate();
      accounts.update(account);
      double now = accounts.getEstimate();
      if (open == null && now >= MANY) {
        open = accounts;
        sketch = null;
      } else if (open == null && now != before) {
        sketch = accounts.toCompactByteArray();
      }
      return new Numbers(Math.round(before), Math.max(2, Math.round(now)));
    }

    /** When it was last seen, and the sketch. */
    byte[] bytes() {
      byte[] accounts = open == null ? sketch : open.toCompactByteArray();
      byte[] bytes = new byte[LAST_SEEN_BYTES + accounts.length];
      System.arraycopy(accounts, 0, bytes, LAST_SEEN_BYTES, accounts.length);
      WritableMemory.writableWrap(bytes).putLong(0, lastSeen);
      return bytes;
    }

    /** Whether it differs from what was written last. */
    boolean takeChanged() {
      boolean was = isChanged;
      isChanged = false;
      return was;
    }
  }

  /** Estimates of an item's accounts. */
  record Numbers(long before, long now) {}

  private final Counted[][] shards;
  private final int[] sizes;

  /**
   * @param shards which are counted from 0 here
   */
  SharedItems(int shards) {
    this.shards = new Counted[shards][FEWEST_PLACES];
    this.sizes = new int[shards];
  }

  /** Null where the item is none of these. */
  Counted get(int shard, long item) {
    Counted[] places = shards[shard];
    return places[place(places, item)];
  }

  /** Adds an item that a second account has shown. */
  void add(int shard, long item, long account, long at) {
    HllSketch accounts = new HllSketch(LG_K, TgtHllType.HLL_4);
    accounts.update(account);
    Counted counted = new Counted(item, at, accounts.toCompactByteArray());
    counted.isChanged = true;
    put(shard, counted);
  }

  /**
   * @param bytes as {@link Counted#bytes} wrote them
   */
  void read(int shard, long item, byte[] bytes) {
    long lastSeen = Memory.wrap(bytes).getLong(0);
    byte[] sketch = Arrays.copyOfRange(bytes, LAST_SEEN_BYTES, bytes.length);
    put(shard, new Counted(item, lastSeen, sketch));
  }

  int size(int shard) {
    return sizes[shard];
  }

  List<Counted> all(int shard) {
    List<Counted> all = new ArrayList<>(sizes[shard]);
    for (Counted each : shards[shard]) {
      if (each != null) {
        all.add(each);
      }
    }
    return all;
  }

  /** Drops a quarter, those that nobody showed for longest, and says which. */
  List<Counted> makeRoom(int shard) {
    List<Counted> all = all(shard);
    long oldest =
        all.stream()
            .mapToLong(each -> each.lastSeen)
            .sorted()
            .skip(all.size() / 4)
            .findFirst()
            .orElse(0);
    Arrays.fill(shards[shard], null);
    sizes[shard] = 0;
    List<Counted> dropped = new ArrayList<>();
    for (Counted each : all) {
      if (each.lastSeen < oldest) {
        dropped.add(each);
      } else {
        put(shard, each);
      }
    }
    return dropped;
  }

  private void put(int shard, Counted counted) {
    Counted[] places = shards[shard];
    if (2 * (sizes[shard] + 1) > places.length) {
      places = new Counted[2 * places.length];
      for (Counted each : all(shard)) {
        places[place(places, each.item)] = each;
      }
      shards[shard] = places;
    }
    places[place(places, counted.item)] = counted;
    sizes[shard]++;
  }

  /** Where the item is or would be. */
  private static int place(Counted[] places, long item) {
    // Other bits than those that chose the shard.
    int place = (int) (item >>> 40) & (places.length - 1);
    while (places[place] != null && places[place].item != item) {
      place = (place + 1) & (places.length - 1);
    }
    return place;
  }
}
