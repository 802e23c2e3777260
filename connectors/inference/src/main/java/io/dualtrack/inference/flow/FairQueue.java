package io.dualtrack.inference.flow;

import io.dualtrack.inference.prefix.PrefixQueue;
import io.dualtrack.inference.prefix.WarmBlocks;
import io.dualtrack.schemas.ServiceClass;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Orders that wait for one offering: interactive before batch, and each tenant its share of the
 * calls in flight. Of one tenant, interactive orders go as they came and batch orders as they suit
 * the replicas' prefix caches.
 */
final class FairQueue {

  /** Tenants that are looked at for the one that has the fewest calls in flight. */
  private static final int MOST_TENANTS_TRIED = 32;

  /** Comes before no calls in flight. */
  private static final int SMALL = -1;

  private final Map<ServiceClass, LinkedHashMap<String, PrefixQueue<Work>>> classes =
      new EnumMap<>(ServiceClass.class);
  private final Map<String, Integer> inFlight;
  private final SmallShare smallShare;
  private int size;

  /**
   * @param inFlight calls that each tenant has in flight; a tenant that is missing has none
   * @param smallShare of the offering's quota
   */
  FairQueue(Map<String, Integer> inFlight, SmallShare smallShare) {
    this.inFlight = inFlight;
    this.smallShare = smallShare;
    for (ServiceClass each : ServiceClass.values()) {
      classes.put(each, new LinkedHashMap<>());
    }
  }

  /**
   * @param caches of the offering's replicas
   */
  void add(Work work, Map<Replica, WarmBlocks> caches) {
    size++;
    if (work.order().getServiceClass() == ServiceClass.BATCH) {
      of(work).add(work, work.prefix(), caches);
    } else {
      of(work).add(work);
    }
  }

  /** Back to the head of its tenant's orders, for a further call. */
  void addAgain(Work work) {
    size++;
    of(work).addFirst(work);
  }

  private PrefixQueue<Work> of(Work work) {
    return classes
        .get(work.order().getServiceClass())
        .computeIfAbsent(work.order().getTenant(), tenant -> new PrefixQueue<>());
  }

  boolean has(ServiceClass serviceClass) {
    return !classes.get(serviceClass).isEmpty();
  }

  /**
   * The order whose turn it is, as it suits a replica: of a tenant that uses little of the quota,
   * else of the tenant that has the fewest calls in flight, and of those that have equally few the
   * one that waits longest.
   *
   * @param mostInFlight tenants that have more are passed over
   */
  Optional<PrefixQueue.Entry<Work>> peek(
      ServiceClass serviceClass, Replica replica, int mostInFlight) {
    PrefixQueue<Work> next = null;
    int lowest = Integer.MAX_VALUE;
    int possible = smallShare.applies() ? SMALL : 0;
    int tried = 0;
    for (var each : classes.get(serviceClass).entrySet()) {
      int calls = inFlight.getOrDefault(each.getKey(), 0);
      int rank = smallShare.holds(each.getKey()) ? SMALL : calls;
      if (calls <= mostInFlight && rank < lowest) {
        lowest = rank;
        next = each.getValue();
      }
      if (lowest == possible || ++tried == MOST_TENANTS_TRIED) {
        break;
      }
    }
    return next == null ? Optional.empty() : next.peek(replica, replica.cache());
  }

  /** Takes an order to a replica; its tenant goes to the end of the line. */
  void take(PrefixQueue.Entry<Work> entry, Replica replica) {
    size--;
    Work work = entry.item();
    LinkedHashMap<String, PrefixQueue<Work>> tenants = classes.get(work.order().getServiceClass());
    PrefixQueue<Work> queue = tenants.remove(work.order().getTenant());
    queue.take(replica, entry);
    if (queue.size() > 0) {
      tenants.put(work.order().getTenant(), queue);
    }
  }

  List<Work> removeIf(Predicate<Work> condition) {
    List<Work> removed = new ArrayList<>();
    for (LinkedHashMap<String, PrefixQueue<Work>> tenants : classes.values()) {
      for (Iterator<PrefixQueue<Work>> queues = tenants.values().iterator(); queues.hasNext(); ) {
        PrefixQueue<Work> queue = queues.next();
        removed.addAll(queue.removeIf(condition));
        if (queue.size() == 0) {
          queues.remove();
        }
      }
    }
    size -= removed.size();
    return removed;
  }

  int size() {
    return size;
  }
}
