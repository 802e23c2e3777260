package io.dualtrack.inference.flow;

import io.dualtrack.inference.prefix.Affinity;
import io.dualtrack.inference.prefix.Prefix;
import io.dualtrack.inference.prefix.WarmBlocks;
import io.dualtrack.schemas.Offering;
import java.time.Instant;

/** One endpoint of an offering; most have a single one. */
final class Replica implements Affinity.Candidate {

  /** Blocks that a replica is taken to keep; about 2.5 million tokens. */
  private static final int CACHED_BLOCKS = 5_000;

  final Pace pace = new Pace();
  final Breaker breaker;
  private final WarmBlocks cache = new WarmBlocks(CACHED_BLOCKS);
  private long computedBlocks;
  private Offering offering;
  private int maxConcurrency;

  Replica(Breaker breaker) {
    this.breaker = breaker;
  }

  /**
   * @param current the offering, with this replica's endpoint
   */
  void update(Offering current, int maxCalls) {
    offering = current;
    maxConcurrency = maxCalls;
  }

  Offering offering() {
    return offering;
  }

  int maxConcurrency() {
    return maxConcurrency;
  }

  /** When it may be called at the earliest; in the past where it may be now. */
  Instant closedUntil() {
    Instant paused = pace.heldUntil();
    Instant broken = breaker.closedUntil();
    return paused.isAfter(broken) ? paused : broken;
  }

  /**
   * @param urgent whether the call may take a place that is kept free of backlogs
   */
  boolean hasRoom(boolean urgent, Instant now) {
    boolean room = urgent ? !pace.full(maxConcurrency) : !pace.scarce(maxConcurrency);
    return room && !pace.heldUntil().isAfter(now) && breaker.mayCall();
  }

  void served(Prefix prefix) {
    if (prefix.length() > 0) {
      computedBlocks += prefix.length() - cache.warm(prefix);
      cache.served(prefix);
    }
  }

  @Override
  public int inFlight() {
    return pace.inFlight();
  }

  @Override
  public long computedBlocks() {
    return computedBlocks;
  }

  @Override
  public WarmBlocks cache() {
    return cache;
  }
}
