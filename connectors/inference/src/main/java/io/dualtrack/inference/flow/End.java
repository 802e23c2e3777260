package io.dualtrack.inference.flow;

import io.dualtrack.files.UnusableBodyException;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.inference.control.Halt;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import java.time.Instant;
import java.util.concurrent.CompletionException;
import org.slf4j.LoggerFactory;

/** How an order ended. */
sealed interface End {

  /** It is somebody else's now. */
  record Forgotten() implements End {}

  /** Without a further call. */
  record NotCalled(CompletionStatus status, String code, String message) implements End {}

  /**
   * By a restriction, before it was written or on the way.
   *
   * @param startedAt of the call that was broken off; null where none was out
   */
  record Halted(Halt halt, Instant startedAt) implements End {}

  record Answered(Verdict.Answer answer, Instant startedAt) implements End {}

  record Rejected(Verdict.Rejected rejected, Instant startedAt) implements End {}

  record Failed(Verdict.Failed failed, Instant startedAt) implements End {}

  /**
   * Of an order whose body cannot be had: elsewhere it cannot be either, unless the fault passes.
   */
  static End withoutBody(DispatchOrder order, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof UnusableBodyException unusable) {
      return new NotCalled(CompletionStatus.REJECTED, unusable.code(), unusable.getMessage());
    }
    LoggerFactory.getLogger(End.class)
        .error(
            "a stored body cannot be read; order={} requestId={}",
            order.getOrderId(),
            order.getRequestId(),
            cause);
    return new NotCalled(
        CompletionStatus.RETRYABLE,
        "body_unreadable",
        "the stored body of the request cannot be read now; submit it again");
  }
}
