package io.dualtrack.inference.flow;

import io.dualtrack.inference.adapter.Caller.Call;
import io.dualtrack.inference.prefix.Affinity;
import io.dualtrack.inference.prefix.PrefixQueue;
import io.dualtrack.inference.prefix.WarmBlocks;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ServiceClass;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;

/** One offering: the orders for it, its endpoints, and how fast it may be called. */
final class Channel {

  /** Marks the number of a replica in the name of a configured endpoint. */
  private static final char REPLICA_MARK = '#';

  /** No bound on a tenant's calls in flight. */
  private static final int ANY = Integer.MAX_VALUE - 1;

  /** An order whose turn it is, and where it goes. */
  record Pick(PrefixQueue.Entry<Work> entry, Replica replica) {
    Work work() {
      return entry.item();
    }
  }

  /**
   * A call that is out.
   *
   * @param call null until it is started
   */
  static final class Out {
    final Replica replica;
    final Offering offering;
    final Instant startedAt;
    final long expectedTokens;
    final boolean probe;
    final int cohort;
    Call call;

    Out(Replica replica, Instant startedAt, long expectedTokens, boolean probe, int cohort) {
      this.replica = replica;
      this.offering = replica.offering();
      this.startedAt = startedAt;
      this.expectedTokens = expectedTokens;
      this.probe = probe;
      this.cohort = cohort;
    }
  }

  final String id;
  final OfferingMeters meters;
  final Quota quota;

  /** When the flow comes back to it at the latest. */
  Instant wakeAt = Instant.MAX;

  private final Map<Work, Out> out = new HashMap<>();
  private final Map<String, Integer> outByTenant = new HashMap<>();
  private final FairQueue queue;
  private final Map<String, Replica> replicas = new LinkedHashMap<>();
  private final Map<Replica, WarmBlocks> caches = new LinkedHashMap<>();
  private final Set<String> endpoints;
  private final InstantSource clock;
  private final DoubleSupplier jitter;
  private Offering offering;
  private double share;

  /**
   * @param endpoints names of all endpoints that this process is configured with
   */
  Channel(
      String id,
      Set<String> endpoints,
      InstantSource clock,
      DoubleSupplier jitter,
      OfferingMeters meters) {
    this.id = id;
    this.endpoints = endpoints;
    this.clock = clock;
    this.jitter = jitter;
    this.meters = meters;
    this.quota = new Quota(clock);
    this.queue = new FairQueue(outByTenant, quota.smallShare());
  }

  /** Follows the offering's record; what is known of an endpoint that stays is kept. */
  void update(Offering current, double quotaShare) {
    if (current == offering && quotaShare == share) {
      return;
    }
    quota.limit(Quota.Limits.of(current, quotaShare));
    share = quotaShare;
    if (current != offering) {
      offering = current;
      updateReplicas(current);
    }
  }

  private void updateReplicas(Offering current) {
    List<String> names = new ArrayList<>();
    String stem = current.getEndpoint() + REPLICA_MARK;
    endpoints.stream().filter(name -> name.startsWith(stem)).sorted().forEach(names::add);
    if (names.isEmpty()) {
      names.add(current.getEndpoint());
    }
    replicas.keySet().retainAll(names);
    int each = Math.max(1, (current.getMaxConcurrency() + names.size() - 1) / names.size());
    for (String name : names) {
      Offering at =
          name.equals(current.getEndpoint())
              ? current
              : Offering.newBuilder(current).setEndpoint(name).build();
      replicas
          .computeIfAbsent(name, key -> new Replica(new Breaker(id, clock, jitter)))
          .update(at, each);
    }
    caches.clear();
    replicas.values().forEach(replica -> caches.put(replica, replica.cache()));
  }

  void add(Work work) {
    queue.add(work, caches);
    meters.queued(1);
  }

  /** Back to the head, for a further call. */
  void addAgain(Work work) {
    queue.addAgain(work);
    meters.queued(1);
  }

  boolean isIdle() {
    return queue.size() == 0 && out.isEmpty();
  }

  boolean hasWaiting() {
    return queue.size() > 0;
  }

  /** The order whose turn it is and the endpoint that takes it; empty where none can now. */
  Optional<Pick> pick(Instant now) {
    if (queue.has(ServiceClass.INTERACTIVE)) {
      List<Replica> open = open(true, now);
      if (open.isEmpty()) {
        return Optional.empty();
      }
      PrefixQueue.Entry<Work> entry =
          queue.peek(ServiceClass.INTERACTIVE, open.get(0), ANY).orElseThrow();
      Replica replica =
          open.size() == 1 ? open.get(0) : Affinity.choose(entry.item().prefix(), open);
      return Optional.of(new Pick(entry, replica));
    }
    List<Replica> open = open(false, now);
    if (!open.isEmpty()) {
      Replica replica = leastBusy(open);
      return queue.peek(ServiceClass.BATCH, replica, ANY).map(entry -> new Pick(entry, replica));
    }
    List<Replica> kept = open(true, now);
    if (kept.isEmpty()) {
      return Optional.empty();
    }
    Replica replica = leastBusy(kept);
    return queue.peek(ServiceClass.BATCH, replica, 0).map(entry -> new Pick(entry, replica));
  }

  private List<Replica> open(boolean urgent, Instant now) {
    List<Replica> open = new ArrayList<>(replicas.size());
    for (Replica each : replicas.values()) {
      if (each.hasRoom(urgent, now)) {
        open.add(each);
      }
    }
    return open;
  }

  private static Replica leastBusy(List<Replica> open) {
    return open.size() == 1
        ? open.get(0)
        : open.stream()
            .min(
                Comparator.comparingInt(Replica::inFlight)
                    .thenComparingLong(Replica::computedBlocks))
            .orElseThrow();
  }

  void take(Pick pick) {
    queue.take(pick.entry(), pick.replica());
    meters.queued(-1);
  }

  List<Work> removeWaiting(java.util.function.Predicate<Work> condition) {
    List<Work> removed = queue.removeIf(condition);
    meters.queued(-removed.size());
    return removed;
  }

  /** A call of an order that was taken starts now. */
  Out started(Work work, Replica replica, long expectedTokens) {
    quota.take(work.order().getTenant(), expectedTokens);
    replica.served(work.prefix());
    Out started =
        new Out(
            replica,
            clock.instant(),
            expectedTokens,
            replica.breaker.started(),
            replica.pace.started(replica.maxConcurrency()));
    out.put(work, started);
    outByTenant.merge(work.order().getTenant(), 1, Integer::sum);
    meters.inFlight(1);
    return started;
  }

  /**
   * @param outputTokens of the answer; below 0 where there is none
   */
  void ended(Work work, Out call, long outputTokens) {
    out.remove(work);
    outByTenant.computeIfPresent(
        work.order().getTenant(), (tenant, count) -> count == 1 ? null : count - 1);
    Replica replica = call.replica;
    replica.pace.ended(
        call.cohort,
        java.time.Duration.between(call.startedAt, clock.instant()),
        outputTokens,
        replica.maxConcurrency());
    meters.inFlight(-1);
  }

  Map<Work, Out> out() {
    return out;
  }

  /** When an endpoint may be called at the earliest; in the past where one may be now. */
  Instant closedUntil() {
    return replicas.values().stream()
        .map(Replica::closedUntil)
        .min(Comparator.naturalOrder())
        .orElse(Instant.MIN);
  }

  /** Until when all endpoints asked to be left alone. */
  Instant heldUntil() {
    Instant earliest = null;
    for (Replica each : replicas.values()) {
      Instant until = each.pace.heldUntil();
      earliest = earliest == null || until.isBefore(earliest) ? until : earliest;
    }
    return earliest == null ? Instant.MIN : earliest;
  }

  /** Since when all endpoints fail; {@link Instant#MAX} where one does not. */
  Instant failingSince() {
    Instant latest = Instant.MIN;
    for (Replica each : replicas.values()) {
      Instant since = each.breaker.failingSince();
      latest = since.isAfter(latest) ? since : latest;
    }
    return replicas.isEmpty() ? Instant.MAX : latest;
  }

  /** Whether all endpoints are left alone because calls to them fail. */
  boolean broken() {
    for (Replica each : replicas.values()) {
      if (each.breaker.mayCall()) {
        return false;
      }
    }
    return !replicas.isEmpty();
  }
}
