package io.dualtrack.jobs.abuse;

import java.nio.ByteBuffer;

/**
 * Items that one account alone has shown, in a fixed number of bytes: sets of at most {@value
 * #WAYS}, so that few have to be looked at; where a set is full, its least recently shown item
 * makes room. Most items are never shown again, and so no state of their own is ever made for them.
 * What is lost when the table turns over fast is shown again within minutes by whoever lives on it.
 */
final class Singles {

  private static final int ENTRY_BYTES = 12;
  private static final int WAYS = 16;

  private final byte[] bytes;
  private final ByteBuffer entries;
  private final int ways;

  Singles(byte[] bytes) {
    this.bytes = bytes;
    this.entries = ByteBuffer.wrap(bytes);
    this.ways = Math.min(WAYS, bytes.length / ENTRY_BYTES);
  }

  static Singles ofSize(int entries) {
    return new Singles(new byte[entries * ENTRY_BYTES]);
  }

  byte[] bytes() {
    return bytes;
  }

  /**
   * Whether another account has shown the item; if so, the item is no single any more and leaves.
   */
  boolean isShared(long item, long account) {
    int sets = bytes.length / ENTRY_BYTES / ways;
    // Other bits than those that chose the shard.
    int from = (int) ((item >>> 40) % sets) * ways * ENTRY_BYTES;
    int last = from + (ways - 1) * ENTRY_BYTES;
    int owner = (int) account;
    for (int at = from; at <= last; at += ENTRY_BYTES) {
      if (entries.getLong(at) != item) {
        continue;
      }
      boolean isShared = entries.getInt(at + 8) != owner;
      if (isShared) {
        System.arraycopy(bytes, at + ENTRY_BYTES, bytes, at, last - at);
        entries.putLong(last, 0);
      }
      return isShared;
    }
    System.arraycopy(bytes, from, bytes, from + ENTRY_BYTES, last - from);
    entries.putLong(from, item);
    entries.putInt(from + 8, owner);
    return false;
  }
}
