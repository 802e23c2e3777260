package io.dualtrack.inference.prefix;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a replica's prefix cache should hold, judged by what was sent there: the most recently used
 * blocks, up to a number. One thread.
 */
public final class WarmBlocks {

  private static final float LOAD_FACTOR = 0.75f;

  private final Map<Long, Boolean> blocks;

  /**
   * @param capacity blocks that the replica keeps
   */
  public WarmBlocks(int capacity) {
    this.blocks =
        new LinkedHashMap<>(16, LOAD_FACTOR, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<Long, Boolean> eldest) {
            return size() > capacity;
          }
        };
  }

  /** How many blocks of a prompt's beginning are there. */
  public int warm(Prefix prefix) {
    int count = 0;
    while (count < prefix.length() && blocks.containsKey(prefix.block(count))) {
      count++;
    }
    return count;
  }

  /** A prompt was sent to the replica. */
  public void served(Prefix prefix) {
    for (int i = 0; i < prefix.length(); i++) {
      blocks.put(prefix.block(i), Boolean.TRUE);
    }
  }
}
