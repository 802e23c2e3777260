package io.dualtrack.inference.flow;

import io.dualtrack.inference.control.ControlSnapshot;
import io.dualtrack.inference.control.Halt;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ServiceClass;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/** Whether an order may still be called at all. */
final class Gate {

  /** The topology may know a new offering a moment before this process does. */
  private static final Duration GRACE_FOR_UNKNOWN = Duration.ofSeconds(2);

  /** How long batch orders wait for an offering that fails before another one is tried. */
  private static final Duration PATIENCE_OF_BATCHES = Duration.ofMinutes(1);

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

  boolean halted(Offering offering, DispatchOrder order) {
    return control.get().halt(offering, order, clock.instant()).isPresent();
  }

  /** What is known to be in force now. */
  ControlSnapshot control() {
    return control.get();
  }

  /** How an order ends without a further call; empty where it may be called. */
  Optional<End> end(Work work, Optional<Offering> offering, Channel channel) {
    if (work.forgotten()) {
      return Optional.of(new End.Forgotten());
    }
    if (work.withdrawn()) {
      return notCalled(
          CompletionStatus.EXPIRED, "caller_left", "nobody waits for the order any more");
    }
    DispatchOrder order = work.order();
    if (order.getSealed() != null) {
      return notCalled(
          CompletionStatus.REJECTED,
          "text_unreadable",
          "the text key of tenant %s, or of the account, does not exist, or was destroyed; ask the operator"
              .formatted(order.getTenant()));
    }
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
    Optional<Halt> halt = control.get().halt(offering.get(), order, clock.instant());
    if (halt.isPresent()) {
      return Optional.of(new End.Halted(halt.get(), null));
    }
    if (channel.heldUntil().isAfter(order.getDeadline())) {
      return notCalled(
          CompletionStatus.RETRYABLE,
          "rate_limited",
          "offering %s asks for a pause beyond the order's deadline"
              .formatted(order.getOffering()));
    }
    if (channel.broken() && !waitsForRepair(order, channel)) {
      return notCalled(
          CompletionStatus.RETRYABLE,
          "circuit_open",
          "most calls to offering %s failed, so it is left alone for a while"
              .formatted(order.getOffering()));
    }
    return Optional.empty();
  }

  /** Somebody waits for an interactive order; a batch order can wait a while itself. */
  private boolean waitsForRepair(DispatchOrder order, Channel channel) {
    return order.getServiceClass() == ServiceClass.BATCH
        && clock.instant().minus(PATIENCE_OF_BATCHES).isBefore(channel.failingSince());
  }

  private static Optional<End> notCalled(CompletionStatus status, String code, String message) {
    return Optional.of(new End.NotCalled(status, code, message));
  }
}
