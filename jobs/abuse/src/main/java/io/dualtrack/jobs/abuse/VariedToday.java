package io.dualtrack.jobs.abuse;

import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.TgtHllType;
import org.apache.datasketches.memory.WritableMemory;

/** How many different users seem to be behind an account today: an HLL of each kind of trait. */
final class VariedToday {

  /** What is counted. */
  enum Of {
    LANGUAGES,
    NETWORKS,
    SYSTEM_PROMPTS,
    COUNTRIES
  }

  private static final int LG_K = 5;
  private static final int SKETCH_BYTES = 72;

  static {
    SketchLibrary.start();
  }

  private final byte[] bytes;
  private final int offset;

  /**
   * @param offset of the first byte
   */
  VariedToday(byte[] bytes, int offset) {
    this.bytes = bytes;
    this.offset = offset;
  }

  void update(Of what, long value) {
    sketch(what).update(value);
  }

  /** Estimate of the distinct values. */
  int distinct(Of what) {
    return (int) Math.round(sketch(what).getEstimate());
  }

  void clear() {
    for (Of what : Of.values()) {
      WritableMemory region = region(what);
      region.clear();
      new HllSketch(LG_K, TgtHllType.HLL_8, region);
    }
  }

  private HllSketch sketch(Of what) {
    return HllSketch.writableWrap(region(what));
  }

  private WritableMemory region(Of what) {
    return WritableMemory.writableWrap(bytes)
        .writableRegion(offset + (long) SKETCH_BYTES * what.ordinal(), SKETCH_BYTES);
  }
}
