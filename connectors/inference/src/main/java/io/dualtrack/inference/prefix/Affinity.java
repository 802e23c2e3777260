package io.dualtrack.inference.prefix;

import java.util.List;

/**
 * Which replica a prompt that cannot wait goes to: the one that has most of its beginning, unless
 * that one is much busier than another.
 */
public final class Affinity {

  /**
   * Fewer blocks in common are not worth a longer queue; the first ones are system prompts that
   * every replica has.
   */
  static final int WORTH_BLOCKS = 3;

  /** So much busier than the least busy one may a replica be and still be preferred. */
  private static final double BUSIER = 1.25;

  private static final int BUSIER_CALLS = 8;

  private Affinity() {}

  /** A replica as a candidate. */
  public interface Candidate {
    int inFlight();

    /** Blocks sent to it so far, not counting those that it had. */
    long computedBlocks();

    WarmBlocks cache();
  }

  /**
   * @param candidates those that have room; not empty
   */
  public static <C extends Candidate> C choose(Prefix prefix, List<C> candidates) {
    C least = candidates.get(0);
    C warmest = least;
    int most = 0;
    for (C each : candidates) {
      if (each.inFlight() < least.inFlight()
          || (each.inFlight() == least.inFlight()
              && each.computedBlocks() < least.computedBlocks())) {
        least = each;
      }
      int blocks = prefix.length() == 0 ? 0 : each.cache().warm(prefix);
      if (blocks > most) {
        most = blocks;
        warmest = each;
      }
    }
    boolean stick =
        most >= WORTH_BLOCKS && warmest.inFlight() <= least.inFlight() * BUSIER + BUSIER_CALLS;
    return stick ? warmest : least;
  }
}
