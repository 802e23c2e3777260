package io.dualtrack.jobs.abuse;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Benjamini and Hochberg's step-up rule over all groups examined so far: of the clusters that are
 * found, the expected share that is chance stays below the set one. A campaign shows in hundreds of
 * items. They are one discovery, that of the group under which it was found first; counted each by
 * itself they would let one group of chance through for every few. Groups are examined again as
 * they grow, so each counts with the probability it had last, in steps of a factor of e.
 */
final class FalseDiscovery {

  private static final int STEPS = 64;

  private final double share;
  private final long[] groups = new long[STEPS];
  private long examined;

  FalseDiscovery(double share) {
    this.share = share;
  }

  static int step(double probability) {
    if (probability >= 1) {
      return 0;
    }
    return (int) Math.min(STEPS - 1, Math.floor(-Math.log(Math.max(probability, 1e-300))));
  }

  /**
   * Counts a group at its new step, which is 0 for one under which no cluster was found first.
   *
   * @param before its step when it was counted last; negative for a new one
   */
  void examine(int before, int now) {
    if (before < 0) {
      examined++;
    } else {
      groups[before]--;
    }
    groups[now]++;
  }

  /** A group that is forgotten. */
  void forget(int step) {
    if (step >= 0) {
      groups[step]--;
      examined--;
    }
  }

  /** Whether a group that is counted at 0 is a discovery with this step. */
  boolean isDiscovery(int step) {
    long atLeastAs = 0;
    boolean passes = false;
    for (int each = STEPS - 1; each >= 0 && !passes; each--) {
      atLeastAs += groups[each] + (each == step ? 1 : 0);
      passes = each <= step && Math.exp(-each) * examined <= share * atLeastAs;
    }
    return passes;
  }

  void write(DataOutput out) throws IOException {
    out.writeLong(examined);
    for (long count : groups) {
      out.writeLong(count);
    }
  }

  void read(DataInput in) throws IOException {
    examined = in.readLong();
    for (int i = 0; i < STEPS; i++) {
      groups[i] = in.readLong();
    }
  }
}
