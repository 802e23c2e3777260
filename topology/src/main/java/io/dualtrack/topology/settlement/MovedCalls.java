package io.dualtrack.topology.settlement;

import io.dualtrack.policy.control.ControlSnapshot;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.Flight;
import io.dualtrack.schemas.Move;
import io.dualtrack.schemas.MoveEvent;
import io.dualtrack.schemas.MoveShare;
import io.dualtrack.schemas.MovedCall;
import java.time.Duration;
import java.util.Optional;

/**
 * What a call says of the two offerings of a move.
 *
 * <p>Counted are calls and not results, because a result does not show that the target failed first
 * and the source answered in its place. And only first calls of requests that the move chose
 * between the two by chance: what goes to one of them for another reason is of another kind.
 */
final class MovedCalls {

  private static final int FIRST = 1;

  private MovedCalls() {}

  /** Empty where no running move chose the offering, or the call says nothing of it. */
  static Optional<MoveEvent> of(Flight flight, Completion completion, ControlSnapshot control) {
    MoveShare share = flight.getLeader().getMove();
    if (share == null
        || flight.getAttempt() != FIRST
        || completion.getStatus() == CompletionStatus.SUSPENDED) {
      return Optional.empty();
    }
    return control
        .moves()
        .running(share.getMove(), share.getStartedAt())
        .filter(
            standing -> completion.getOffering().equals(chosen(standing.move(), share.getMoved())))
        .map(
            standing ->
                MoveEvent.newBuilder()
                    .setMove(share.getMove())
                    .setStartedAt(share.getStartedAt())
                    .setCall(
                        new MovedCall(
                            share.getMoved(),
                            completion.getStatus() != CompletionStatus.ANSWERED,
                            Duration.between(completion.getStartedAt(), completion.getFinishedAt())
                                .toMillis()))
                    .build());
  }

  private static String chosen(Move move, boolean moved) {
    return moved ? move.getTo() : move.getFrom();
  }
}
