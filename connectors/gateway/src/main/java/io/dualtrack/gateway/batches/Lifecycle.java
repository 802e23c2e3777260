package io.dualtrack.gateway.batches;

import io.dualtrack.schemas.BatchState;
import java.time.Instant;

/** What is to be done for a batch next. */
final class Lifecycle {

  /** One step. */
  enum Step {
    /** Read the whole input. */
    VALIDATE,
    /** Release lines. */
    FEED,
    /** Release nothing, and wait for what is in flight. */
    WAIT,
    /** Write down that it is being cancelled. */
    CANCEL,
    /** Write its output. */
    FINALISE
  }

  private final BatchSettings settings;

  Lifecycle(BatchSettings settings) {
    this.settings = settings;
  }

  /**
   * @param cancelAsked whether its caller wants no more of it
   * @param ended lines that have ended
   */
  Step next(BatchState batch, boolean cancelAsked, long ended, Instant now) {
    boolean nothingInFlight = ended >= batch.getNextLine() - 1;
    return switch (batch.getStatus()) {
      case VALIDATING -> Step.VALIDATE;
      case IN_PROGRESS -> {
        if (ended >= batch.getTotal()) {
          yield Step.FINALISE;
        }
        if (cancelAsked) {
          yield Step.CANCEL;
        }
        if (now.isBefore(batch.getDeadline())) {
          yield batch.getNextLine() <= batch.getTotal() ? Step.FEED : Step.WAIT;
        }
        yield finaliseIf(
            nothingInFlight || !now.isBefore(batch.getDeadline().plus(settings.expiryGrace())));
      }
      case CANCELLING ->
          finaliseIf(
              nothingInFlight
                  || !now.isBefore(batch.getCancellingAt().plus(settings.cancelPatience())));
      case FINALIZING -> Step.FINALISE;
      case FAILED, COMPLETED, EXPIRED, CANCELLED ->
          throw new IllegalStateException("batch " + batch.getBatchId() + " has ended");
    };
  }

  private static Step finaliseIf(boolean now) {
    return now ? Step.FINALISE : Step.WAIT;
  }
}
