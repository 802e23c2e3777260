package io.dualtrack.inference.flow;

import io.dualtrack.inference.adapter.Caller.Call;
import io.dualtrack.schemas.Offering;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/** What a flow knows of one offering: the orders for it, and how fast it may be called. */
final class Channel {

  final String id;
  final FairQueue queue = new FairQueue();
  final Pace pace = new Pace();

  /** Calls that are out. */
  final Map<Work, Call> out = new HashMap<>();

  /** When the flow comes back to it at the latest. */
  Instant wakeAt = Instant.MAX;

  private Quota quota;

  Channel(String id) {
    this.id = id;
  }

  /** The quota under the offering's limits and the share of now. */
  Quota quota(Offering offering, double share, InstantSource clock) {
    Quota.Limits limits = Quota.Limits.of(offering, share);
    if (quota == null || !quota.limits().equals(limits)) {
      quota = new Quota(limits, clock);
    }
    return quota;
  }

  Quota quota() {
    return quota;
  }
}
