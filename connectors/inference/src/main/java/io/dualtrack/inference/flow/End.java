package io.dualtrack.inference.flow;

import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.inference.control.Halt;
import io.dualtrack.schemas.CompletionStatus;
import java.time.Instant;

/** How an order ended. */
sealed interface End {

  /** It is somebody else's now. */
  record Forgotten() implements End {}

  /** Without a further call. */
  record NotCalled(CompletionStatus status, String code, String message) implements End {}

  /** By a restriction, before it was written or on the way. */
  record Halted(Halt halt) implements End {}

  record Answered(Verdict.Answer answer, Instant startedAt) implements End {}

  record Rejected(Verdict.Rejected rejected, Instant startedAt) implements End {}

  record Failed(Verdict.Failed failed, Instant startedAt) implements End {}
}
