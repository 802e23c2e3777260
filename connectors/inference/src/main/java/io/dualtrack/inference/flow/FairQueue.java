package io.dualtrack.inference.flow;

import io.dualtrack.schemas.ServiceClass;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Orders that wait for one offering: interactive before batch, tenants in turn, each in order. */
final class FairQueue {

  private final Map<ServiceClass, LinkedHashMap<String, Deque<Work>>> classes =
      new EnumMap<>(ServiceClass.class);
  private int size;

  FairQueue() {
    for (ServiceClass each : ServiceClass.values()) {
      classes.put(each, new LinkedHashMap<>());
    }
  }

  void add(Work work) {
    of(work).addLast(work);
    size++;
  }

  /** Back to the head of its tenant's orders, for a further call. */
  void addAgain(Work work) {
    of(work).addFirst(work);
    size++;
  }

  private Deque<Work> of(Work work) {
    return classes
        .get(work.order().getServiceClass())
        .computeIfAbsent(work.order().getTenant(), tenant -> new ArrayDeque<>());
  }

  /** The order whose turn it is. */
  Optional<Work> peek() {
    for (ServiceClass each : ServiceClass.values()) {
      var tenants = classes.get(each).values().iterator();
      if (tenants.hasNext()) {
        return Optional.of(tenants.next().peekFirst());
      }
    }
    return Optional.empty();
  }

  /** Takes what {@link #peek} gave; its tenant goes to the end of the line. */
  void removeFirst() {
    for (ServiceClass each : ServiceClass.values()) {
      LinkedHashMap<String, Deque<Work>> tenants = classes.get(each);
      var first = tenants.entrySet().iterator();
      if (first.hasNext()) {
        var entry = first.next();
        Deque<Work> queue = entry.getValue();
        first.remove();
        queue.removeFirst();
        size--;
        if (!queue.isEmpty()) {
          tenants.put(entry.getKey(), queue);
        }
        return;
      }
    }
  }

  List<Work> removeIf(Predicate<Work> condition) {
    List<Work> removed = new ArrayList<>();
    for (LinkedHashMap<String, Deque<Work>> tenants : classes.values()) {
      for (Iterator<Deque<Work>> queues = tenants.values().iterator(); queues.hasNext(); ) {
        Deque<Work> queue = queues.next();
        queue.removeIf(
            work -> {
              boolean remove = condition.test(work);
              if (remove) {
                removed.add(work);
              }
              return remove;
            });
        if (queue.isEmpty()) {
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
