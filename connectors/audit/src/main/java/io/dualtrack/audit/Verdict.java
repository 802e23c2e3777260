package io.dualtrack.audit;

import java.time.Instant;
import java.util.List;

/**
 * What came of a verification.
 *
 * @param findings the first of each partition and every one of the checkpoints, first things first;
 *     empty where the trail is whole
 * @param records that are as they were sealed
 * @param expired records that retention took, and whose checkpoints are in order
 * @param checkpoints that were read
 * @param sealedUntil time of the last checkpoint; null where there is none
 * @param unsealed records behind the last checkpoint, which nothing can be said of yet
 */
public record Verdict(
    List<Finding> findings,
    long records,
    long expired,
    long checkpoints,
    Instant sealedUntil,
    long unsealed) {

  public boolean whole() {
    return findings.isEmpty();
  }
}
