package io.dualtrack.gateway.records;

import io.dualtrack.schemas.BatchCommand;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.BatchStatus;
import java.time.Instant;
import java.util.Optional;

/**
 * A batch as its records tell: what its owner wrote last, and what its caller asked for. A batch
 * whose owner has not seen it yet is as it was asked for.
 */
public final class KnownBatch {

  private final String id;
  private final BatchState written;
  private final BatchState asked;
  private final Instant cancelAsked;

  private KnownBatch(String id, BatchState written, BatchState asked, Instant cancelAsked) {
    this.id = id;
    this.written = written;
    this.asked = asked;
    this.cancelAsked = cancelAsked;
  }

  static KnownBatch unknown(String id) {
    return new KnownBatch(id, null, null, null);
  }

  KnownBatch withState(BatchState state) {
    return new KnownBatch(id, state, asked, cancelAsked);
  }

  /**
   * @param command null where it was removed
   */
  KnownBatch withCommand(String key, BatchCommand command) {
    if (BatchIds.isCancel(key)) {
      return new KnownBatch(id, written, asked, command == null ? null : command.getAt());
    }
    return new KnownBatch(id, written, command == null ? null : command.getBatch(), cancelAsked);
  }

  public String id() {
    return id;
  }

  /** Not to be changed: others read the same record. Nothing where only a cancellation is known. */
  public Optional<BatchState> state() {
    return Optional.ofNullable(written == null ? asked : written);
  }

  /** When its caller asked to cancel it, if so. */
  public Optional<Instant> cancelAsked() {
    return Optional.ofNullable(cancelAsked);
  }

  /** Whether commands about it are still there. */
  public boolean hasCommands() {
    return asked != null || cancelAsked != null;
  }

  public boolean ended() {
    return state().map(state -> ended(state.getStatus())).orElse(true);
  }

  public static boolean ended(BatchStatus status) {
    return switch (status) {
      case FAILED, COMPLETED, EXPIRED, CANCELLED -> true;
      case VALIDATING, IN_PROGRESS, FINALIZING, CANCELLING -> false;
    };
  }

  /** The batch as its caller sees it: cancelling from the moment that was asked for. */
  public BatchState shown() {
    BatchState state = state().orElseThrow();
    boolean stops =
        cancelAsked != null
            && (state.getStatus() == BatchStatus.VALIDATING
                || state.getStatus() == BatchStatus.IN_PROGRESS);
    return stops
        ? BatchState.newBuilder(state)
            .setStatus(BatchStatus.CANCELLING)
            .setCancellingAt(cancelAsked)
            .build()
        : state;
  }
}
