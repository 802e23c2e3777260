package io.dualtrack.gateway.feeder;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Who may release how many lines now: deficit round robin over tenants, and in turn over a tenant's
 * batches. What is in flight is bounded for a tenant and in all, so a tenant with a million lines
 * has no more of the pipeline than its share, and one with ten need not wait behind them.
 *
 * <p>One thread may use an instance.
 */
public final class FairShare {

  /**
   * A tenant's part.
   *
   * @param weight times as many lines as a tenant of weight 1; at least 1
   * @param maxInFlight lines that are released and have no result, at most
   */
  public record Share(int weight, int maxInFlight) {
    public Share {
      if (weight < 1 || maxInFlight < 1) {
        throw new IllegalArgumentException("weight and bound of a tenant must be at least 1");
      }
    }
  }

  /**
   * A batch that has lines to release.
   *
   * @param inFlight lines that are released and have no result
   */
  public record Backlog(String batch, String tenant, long inFlight, long waiting) {}

  /** Lines that a tenant of weight 1 gets in one turn. */
  private static final int QUANTUM = 8;

  private final Function<String, Share> shares;
  private final int maxInFlight;
  private final Deque<String> turns = new ArrayDeque<>();
  private final Map<String, Integer> deficits = new HashMap<>();
  private final Map<String, Integer> nextBatch = new HashMap<>();

  /**
   * @param maxInFlight lines of all tenants together
   */
  public FairShare(Function<String, Share> shares, int maxInFlight) {
    this.shares = shares;
    this.maxInFlight = maxInFlight;
  }

  /**
   * @param running every batch that runs, also those with nothing to release: what they have in
   *     flight counts
   * @param most lines in all
   * @return lines that each batch may release, none with 0
   */
  public Map<String, Integer> allot(List<Backlog> running, int most) {
    Map<String, List<Backlog>> byTenant =
        running.stream()
            .collect(
                Collectors.groupingBy(Backlog::tenant, LinkedHashMap::new, Collectors.toList()));
    long inFlight = running.stream().mapToLong(Backlog::inFlight).sum();
    long free = Math.min(most, maxInFlight - inFlight);
    Map<String, Queue> queues = new HashMap<>();
    byTenant.forEach(
        (tenant, batches) -> {
          Queue queue = new Queue(shares.apply(tenant), batches);
          if (queue.open() > 0) {
            queues.put(tenant, queue);
          }
        });
    takeTurns(queues.keySet());
    Map<String, Integer> allotted = new LinkedHashMap<>();
    while (free > 0 && !turns.isEmpty()) {
      String tenant = turns.peekFirst();
      Queue queue = queues.get(tenant);
      int deficit = deficits.getOrDefault(tenant, 0);
      if (deficit == 0) {
        deficit = QUANTUM * queue.share.weight();
      }
      long lines = Math.min(Math.min(deficit, free), queue.open());
      queue.give(tenant, lines, allotted);
      free -= lines;
      deficit -= Math.toIntExact(lines);
      if (queue.open() == 0) {
        turns.removeFirst();
        deficits.remove(tenant);
      } else if (deficit == 0) {
        turns.addLast(turns.removeFirst());
        deficits.remove(tenant);
      } else {
        // Nothing is free any more: the rest of the turn comes first next time.
        deficits.put(tenant, deficit);
      }
    }
    return allotted;
  }

  /** Keeps the order of those that wait already. */
  private void takeTurns(Set<String> tenants) {
    turns.retainAll(tenants);
    deficits.keySet().retainAll(tenants);
    nextBatch.keySet().retainAll(tenants);
    tenants.stream().filter(tenant -> !turns.contains(tenant)).sorted().forEach(turns::addLast);
  }

  private final class Queue {
    private final Share share;
    private final List<Backlog> batches;
    private final long[] left;
    private long places;

    Queue(Share share, List<Backlog> batches) {
      this.share = share;
      this.batches = batches;
      this.left = batches.stream().mapToLong(Backlog::waiting).toArray();
      this.places = share.maxInFlight() - batches.stream().mapToLong(Backlog::inFlight).sum();
    }

    long open() {
      long waiting = 0;
      for (long each : left) {
        waiting += each;
      }
      return Math.max(0, Math.min(places, waiting));
    }

    void give(String tenant, long lines, Map<String, Integer> allotted) {
      long rest = lines;
      int at = nextBatch.getOrDefault(tenant, 0);
      while (rest > 0) {
        at %= left.length;
        long part = Math.min(left[at], Math.max(1, Math.min(rest, QUANTUM)));
        if (part > 0) {
          allotted.merge(batches.get(at).batch(), Math.toIntExact(part), Integer::sum);
          left[at] -= part;
          places -= part;
          rest -= part;
        }
        at++;
      }
      nextBatch.put(tenant, at);
    }
  }
}
