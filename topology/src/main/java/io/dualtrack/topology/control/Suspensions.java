package io.dualtrack.topology.control;

import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The kill switches as they stand. */
public final class Suspensions {

  private final Map<SuspensionScope, Map<String, Suspension>> inForce =
      new EnumMap<>(SuspensionScope.class);
  private final long epoch;

  Suspensions(Collection<Suspension> records) {
    long highest = 0;
    for (Suspension suspension : records) {
      highest = Math.max(highest, suspension.getEpoch());
      if (suspension.getSuspended()) {
        inForce
            .computeIfAbsent(suspension.getScope(), scope -> new HashMap<>())
            .put(suspension.getId(), suspension);
      }
    }
    this.epoch = highest;
  }

  /** Highest epoch of any suspension or resumption known; 0 where there is none. */
  public long epoch() {
    return epoch;
  }

  public Optional<Reason> ofTenant(String tenant) {
    return reason(SuspensionScope.TENANT, tenant);
  }

  /** Why an offering may not be used now; empty where it may. */
  public List<Reason> of(Offering offering) {
    List<Reason> reasons = new ArrayList<>(0);
    reason(SuspensionScope.OFFERING, offering.getId()).ifPresent(reasons::add);
    reason(SuspensionScope.MODEL, offering.getModel()).ifPresent(reasons::add);
    reason(SuspensionScope.PROVIDER, offering.getProvider()).ifPresent(reasons::add);
    return reasons;
  }

  private Optional<Reason> reason(SuspensionScope scope, String id) {
    Suspension suspension = inForce.getOrDefault(scope, Map.of()).get(id);
    return Optional.ofNullable(suspension)
        .map(
            found ->
                new Reason(
                    "suspension:" + scope + ":" + id,
                    "SUSPENDED",
                    "%s %s is suspended: %s"
                        .formatted(
                            scope.name().toLowerCase(java.util.Locale.ROOT),
                            id,
                            found.getReason())));
  }
}
