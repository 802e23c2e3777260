package io.dualtrack.sandbox;

import java.util.concurrent.atomic.AtomicLong;

/** One model with the behaviour that is in force, and what that behaviour counts. */
final class ServedModel {

  /** What becomes of one call. */
  sealed interface Fate {
    /** Answered as asked. */
    record Answered() implements Fate {}

    /** Over a limit; a call may succeed after that many seconds. */
    record Limited(long retryAfterSeconds) implements Fate {}

    /** Something is wrong with it. */
    record Failed(Fault fault) implements Fate {}
  }

  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final double HASH_STEPS = 1 << 30;

  private final Behaviour behaviour;
  private final Allowance requests;
  private final Allowance tokens;
  private final AtomicLong failuresLeft;
  private final PrefixCache prefixes;

  ServedModel(Behaviour behaviour) {
    long now = System.nanoTime();
    this.behaviour = behaviour;
    this.requests = new Allowance(behaviour.requestsPerMinute(), now);
    this.tokens = new Allowance(behaviour.tokensPerMinute(), now);
    this.failuresLeft = new AtomicLong(behaviour.failFirstN());
    this.prefixes = new PrefixCache(behaviour.blocksOfCache());
  }

  Behaviour behaviour() {
    return behaviour;
  }

  /**
   * @param hash of the request
   * @param usedTokens tokens that the answer will use
   * @param now of {@link System#nanoTime}
   */
  Fate fate(long hash, long usedTokens, long now) {
    if (behaviour.hang()) {
      return new Fate.Failed(Fault.HANG);
    }
    long wait = Math.max(requests.nanosUntilFree(1, now), tokens.nanosUntilFree(usedTokens, now));
    if (wait > 0) {
      return new Fate.Limited(Math.max(1, (wait + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND));
    }
    requests.use(1);
    tokens.use(usedTokens);
    boolean fails =
        behaviour.failsAlways()
            || failuresLeft.getAndUpdate(left -> Math.max(0, left - 1)) > 0
            || (hash >>> 34) / HASH_STEPS < behaviour.failRate();
    return fails ? new Fate.Failed(behaviour.failure()) : new Fate.Answered();
  }

  PrefixCache prefixes() {
    return prefixes;
  }
}
