package io.dualtrack.gateway.interactive;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** How many calls of each tenant wait at the same time. */
final class TenantCounts {

  private final ConcurrentMap<String, Long> counts = new ConcurrentHashMap<>();

  /** Leaves at most once. */
  final class Place {
    private final String tenant;
    private final AtomicBoolean left = new AtomicBoolean();

    private Place(String tenant) {
      this.tenant = tenant;
    }

    void leave() {
      if (left.compareAndSet(false, true)) {
        counts.computeIfPresent(tenant, (id, count) -> count == 1 ? null : count - 1);
      }
    }
  }

  /** Empty where the tenant has no place left. */
  Optional<Place> enter(String tenant, long limit) {
    boolean[] entered = new boolean[1];
    counts.compute(
        tenant,
        (id, count) -> {
          long now = count == null ? 0 : count;
          entered[0] = now < limit;
          return entered[0] ? Long.valueOf(now + 1) : count;
        });
    return entered[0] ? Optional.of(new Place(tenant)) : Optional.empty();
  }
}
