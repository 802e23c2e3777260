package io.dualtrack.policy.control;

import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The kill switches as they stand. */
public final class Suspensions {

  private final Map<SuspensionScope, Map<String, Suspension>> inForce =
      new EnumMap<>(SuspensionScope.class);
  private final List<LiveDrill> drills = new ArrayList<>(0);
  private final long epoch;

  Suspensions(Collection<Suspension> records) {
    long highest = 0;
    for (Suspension suspension : records) {
      highest = Math.max(highest, suspension.getEpoch());
      LiveDrill.of(suspension).ifPresent(drills::add);
      if (state(suspension) != ExportState.OPEN) {
        inForce
            .computeIfAbsent(suspension.getScope(), scope -> new HashMap<>())
            .put(suspension.getId(), suspension);
      }
    }
    this.epoch = highest;
  }

  /** What a command put in force; those of 0.1 know suspended and open only. */
  static ExportState state(Suspension suspension) {
    if (suspension.getState() != null) {
      return suspension.getState();
    }
    return suspension.getSuspended() ? ExportState.SUSPENDED : ExportState.OPEN;
  }

  /** Highest epoch of any suspension or resumption known; 0 where there is none. */
  public long epoch() {
    return epoch;
  }

  /** Drills that keep a request away at a time, in the order of their beginning. */
  public List<LiveDrill> drills(String requestId, Instant at) {
    return drills.isEmpty()
        ? List.of()
        : drills.stream()
            .filter(drill -> drill.runsAt(at) && drill.draws(requestId))
            .sorted(Comparator.comparingLong(LiveDrill::epoch))
            .toList();
  }

  /** Why a tenant is cut off; empty where it is not. For a tenant every restriction is a cut. */
  public Optional<Reason> ofTenant(String tenant) {
    return find(SuspensionScope.TENANT, tenant).map(Suspensions::suspended);
  }

  /**
   * Why an offering may not be used for a tenant now; empty where it may.
   *
   * @param usPerson whether who asks is a verified US person; unknown counts as no
   */
  public List<Reason> of(Offering offering, String tenant, boolean usPerson) {
    if (inForce.isEmpty()) {
      return List.of();
    }
    List<Reason> reasons = new ArrayList<>(0);
    add(find(SuspensionScope.OFFERING, offering.getId()), offering, tenant, usPerson, reasons);
    add(find(SuspensionScope.MODEL, offering.getModel()), offering, tenant, usPerson, reasons);
    add(
        find(SuspensionScope.PROVIDER, offering.getProvider()),
        offering,
        tenant,
        usPerson,
        reasons);
    return reasons;
  }

  private Optional<Suspension> find(SuspensionScope scope, String id) {
    return Optional.ofNullable(inForce.getOrDefault(scope, Map.of()).get(id));
  }

  private static void add(
      Optional<Suspension> found,
      Offering offering,
      String tenant,
      boolean usPerson,
      List<Reason> reasons) {
    found
        .flatMap(suspension -> restriction(suspension, offering, tenant, usPerson))
        .ifPresent(reasons::add);
  }

  private static Optional<Reason> restriction(
      Suspension suspension, Offering offering, String tenant, boolean usPerson) {
    return switch (state(suspension)) {
      case OPEN -> Optional.empty();
      case PARTNERS_ONLY ->
          suspension.getPartners().contains(tenant) || offering.getPartners().contains(tenant)
              ? Optional.empty()
              : Optional.of(reason(suspension, "PARTNERS_ONLY", "is open to listed partners only"));
      case US_PERSONS_ONLY ->
          usPerson
              ? Optional.empty()
              : Optional.of(
                  reason(suspension, "US_PERSONS_ONLY", "is open to verified US persons only"));
      case SUSPENDED -> Optional.of(suspended(suspension));
    };
  }

  private static Reason suspended(Suspension suspension) {
    return reason(suspension, "SUSPENDED", "is suspended");
  }

  private static Reason reason(Suspension suspension, String code, String what) {
    return new Reason(
        "suspension:" + suspension.getScope() + ":" + suspension.getId(),
        code,
        "%s %s %s since epoch %d: %s"
            .formatted(
                suspension.getScope().name().toLowerCase(Locale.ROOT),
                suspension.getId(),
                what,
                suspension.getEpoch(),
                suspension.getReason()));
  }
}
