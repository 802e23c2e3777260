package io.dualtrack.inference.batch;

import io.dualtrack.inference.control.ControlSnapshot;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ServiceClass;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Which orders can wait for a provider's batch. */
public final class Deferral {

  /** One part in so many of the window has to be left afterwards, for calls of what is left. */
  private static final int RESERVE_SHARE = 8;

  private final Set<String> dialects;
  private final Supplier<ControlSnapshot> control;
  private final InstantSource clock;

  /**
   * @param dialects whose batch APIs are spoken
   */
  public Deferral(Set<String> dialects, Supplier<ControlSnapshot> control, InstantSource clock) {
    this.dialects = Set.copyOf(dialects);
    this.control = control;
    this.clock = clock;
  }

  public boolean defers(DispatchOrder order) {
    if (order.getServiceClass() != ServiceClass.BATCH
        || order.getLane() != Lane.API
        || order.getDirect()
        // A job's lines are read from the log again, as often as its provider is asked.
        || order.getBodyFile() != null) {
      return false;
    }
    Instant now = clock.instant();
    Optional<Offering> offering = control.get().offering(order.getOffering(), Lane.API, now);
    return offering.isPresent()
        && offering.get().getBatchWindowSeconds() != null
        && dialects.contains(offering.get().getDialect())
        && control.get().halt(offering.get(), order.getTenant()).isEmpty()
        // A job is not broken off for a drill, so no order that one stops may get into it.
        && control.get().halt(offering.get(), order, now).isEmpty()
        && !now.plus(window(offering.get()))
            .plus(reserve(offering.get()))
            .isAfter(order.getDeadline());
  }

  static Duration window(Offering offering) {
    return Duration.ofSeconds(offering.getBatchWindowSeconds());
  }

  private static Duration reserve(Offering offering) {
    return window(offering).dividedBy(RESERVE_SHARE);
  }
}
