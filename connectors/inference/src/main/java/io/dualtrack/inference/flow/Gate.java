package io.dualtrack.inference.flow;

import io.dualtrack.inference.control.ControlSnapshot;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/** Whether an order may still be called at all. */
final class Gate {

  /** The topology may know a new offering a moment before this process does. */
  private static final Duration GRACE_FOR_UNKNOWN = Duration.ofSeconds(2);

  private final Lane lane;
  private final Supplier<ControlSnapshot> control;
  private final InstantSource clock;

  Gate(Lane lane, Supplier<ControlSnapshot> control, InstantSource clock) {
    this.lane = lane;
    this.control = control;
    this.clock = clock;
  }

  /** The offering as it is in effect now. */
  Optional<Offering> offering(String id) {
    return control.get().offering(id, lane, clock.instant());
  }

  boolean suspended(Offering offering, String tenant) {
    return control.get().suspended(offering, tenant).isPresent();
  }

  /** How an order ends without a further call; empty where it may be called. */
  Optional<End> end(Work work, Optional<Offering> offering, Pace pace) {
    if (work.forgotten()) {
      return Optional.of(new End.Forgotten());
    }
    DispatchOrder order = work.order();
    if (!clock.instant().isBefore(order.getDeadline())) {
      return notCalled(
          CompletionStatus.EXPIRED,
          "expired",
          work.calls() == 0
              ? "the deadline passed before a call was made"
              : "the deadline passed before an answer came");
    }
    if (offering.isEmpty()) {
      return clock.instant().isBefore(work.takenAt().plus(GRACE_FOR_UNKNOWN))
          ? Optional.empty()
          : notCalled(
              CompletionStatus.RETRYABLE,
              "unknown_offering",
              "offering %s is not in effect on lane %s".formatted(order.getOffering(), lane));
    }
    Optional<String> suspension = control.get().suspended(offering.get(), order.getTenant());
    if (suspension.isPresent()) {
      return notCalled(CompletionStatus.SUSPENDED, "suspended", suspension.get());
    }
    if (pace.heldUntil().isAfter(order.getDeadline())) {
      return notCalled(
          CompletionStatus.RETRYABLE,
          "rate_limited",
          "offering %s asks for a pause beyond the order's deadline"
              .formatted(order.getOffering()));
    }
    return Optional.empty();
  }

  private static Optional<End> notCalled(CompletionStatus status, String code, String message) {
    return Optional.of(new End.NotCalled(status, code, message));
  }
}
