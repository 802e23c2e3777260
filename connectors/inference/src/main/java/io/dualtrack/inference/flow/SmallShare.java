package io.dualtrack.inference.flow;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Which tenants use so little of a quota that they are served before backlogs. A backlog takes all
 * that a quota gives back from one moment to the next, so that whoever comes with a few calls would
 * wait for each of them; how many calls are in flight does not tell the two apart where calls are
 * short. One thread.
 */
final class SmallShare {

  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final int MANY_TENANTS = 1_000;

  private final InstantSource clock;

  /** When each tenant's share will be whole again; one that is missing has it whole. */
  private final Map<String, Instant> wholeAt = new HashMap<>();

  /** How long one call's part of the share takes to come back; null where there is no share. */
  private Duration perCall;

  SmallShare(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * @param calls of a minute that each tenant may make before it counts as a backlog; 0 where all
   *     tenants are served alike
   */
  void set(long calls) {
    perCall = calls == 0 ? null : MINUTE.dividedBy(calls);
  }

  /** Whether tenants are told apart at all. */
  boolean applies() {
    return perCall != null;
  }

  /** Whether a tenant's next call is still within its share. */
  boolean holds(String tenant) {
    return perCall != null && !after(tenant).isAfter(clock.instant().plus(MINUTE));
  }

  private Instant after(String tenant) {
    Instant now = clock.instant();
    Instant whole = wholeAt.getOrDefault(tenant, now);
    return (whole.isBefore(now) ? now : whole).plus(perCall);
  }

  void count(String tenant) {
    if (perCall == null) {
      return;
    }
    Instant now = clock.instant();
    Instant most = now.plus(MINUTE);
    Instant after = after(tenant);
    wholeAt.put(tenant, after.isAfter(most) ? most : after);
    if (wholeAt.size() > MANY_TENANTS) {
      wholeAt.values().removeIf(whole -> !whole.isAfter(now));
    }
  }
}
