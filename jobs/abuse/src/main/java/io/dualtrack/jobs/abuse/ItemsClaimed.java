package io.dualtrack.jobs.abuse;

import java.nio.ByteBuffer;

/**
 * The items that an account was seen with, in {@value #BYTES} bytes: {@value #SETS} sets of {@value
 * #WAYS}, least recent first out. Of each a fingerprint of 22 bits, whether it was seen once or
 * more often, and the last day, modulo 256.
 */
final class ItemsClaimed {

  static final int BYTES = 384;

  /** What a sighting of an item is for its account. */
  enum Sight {
    FIRST,
    SECOND,
    FIRST_OF_DAY,
    OLD
  }

  private static final int WAYS = 4;
  private static final int SETS = 24;
  private static final int FINGERPRINT = 0xfffffc00;
  private static final int SIGHTS = 0x300;
  private static final int DAY_BITS = 0xff;

  private final ByteBuffer at;
  private final int offset;

  /**
   * @param offset of the first byte
   */
  ItemsClaimed(ByteBuffer at, int offset) {
    this.at = at;
    this.offset = offset;
  }

  /** Notes that the account was seen with an item on a day. */
  Sight sight(long item, int day) {
    int hash = (int) (item >>> 32) ^ (int) item * 0x9e3779b9;
    int fingerprint = hash & FINGERPRINT;
    int set = offset + (Math.floorMod((int) (item >>> 20), SETS) * WAYS * 4);
    int today = day & DAY_BITS;
    int found = -1;
    for (int way = 0; way < WAYS; way++) {
      int entry = at.getInt(set + 4 * way);
      if ((entry & FINGERPRINT) == fingerprint && (entry & SIGHTS) != 0) {
        found = way;
        break;
      }
    }
    int known = found < 0 ? 0 : at.getInt(set + 4 * found);
    for (int way = found < 0 ? WAYS - 1 : found; way > 0; way--) {
      at.putInt(set + 4 * way, at.getInt(set + 4 * (way - 1)));
    }
    if (found < 0) {
      at.putInt(set, fingerprint | 0x100 | today);
      return Sight.FIRST;
    }
    if ((known & SIGHTS) == 0x100) {
      at.putInt(set, fingerprint | 0x200 | today);
      return Sight.SECOND;
    }
    boolean isNewDay = (known & DAY_BITS) != today;
    at.putInt(set, fingerprint | 0x200 | today);
    return isNewDay ? Sight.FIRST_OF_DAY : Sight.OLD;
  }
}
