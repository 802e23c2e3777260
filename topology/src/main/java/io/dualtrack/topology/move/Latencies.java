package io.dualtrack.topology.move;

import java.util.List;

/**
 * Counts of calls by how long they took, in classes of which each ends a fourth root of two (19%)
 * above the one before: class 0 ends at one millisecond.
 */
final class Latencies {

  private static final int CLASSES_PER_DOUBLING = 4;

  /** Ends after more than four hours; what takes longer is in it too. */
  private static final int LAST = 96;

  private static final double SHARE = 0.95;

  private Latencies() {}

  static void add(List<Long> counts, long millis) {
    int place = classOf(millis);
    while (counts.size() <= place) {
      counts.add(0L);
    }
    counts.set(place, counts.get(place) + 1);
  }

  static long total(List<Long> counts) {
    return counts.stream().mapToLong(Long::longValue).sum();
  }

  /** The end of the class that the 95th percentile is in, in milliseconds; counts are not empty. */
  static double percentile95(List<Long> counts) {
    long needed = (long) Math.ceil(SHARE * total(counts));
    long seen = 0;
    int place = 0;
    while (seen + counts.get(place) < needed) {
      seen += counts.get(place);
      place++;
    }
    return end(place);
  }

  /** Calls that certainly took longer: those of the classes that begin there or above. */
  static long above(List<Long> counts, double millis) {
    long above = 0;
    for (int place = 1; place < counts.size(); place++) {
      if (end(place - 1) >= millis) {
        above += counts.get(place);
      }
    }
    return above;
  }

  private static int classOf(long millis) {
    int place = 0;
    while (place < LAST && end(place) < millis) {
      place++;
    }
    return place;
  }

  private static double end(int place) {
    return Math.pow(2, (double) place / CLASSES_PER_DOUBLING);
  }
}
