package io.dualtrack.gateway.error;

import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Outcome;

/** A hard budget without room, in the words by which OpenAI's clients know it. */
public final class ExhaustedQuota {

  private static final String REASON = "BUDGET_EXHAUSTED";
  private static final int TOO_MANY_REQUESTS = 429;
  private static final String INSUFFICIENT = "insufficient_quota";

  private ExhaustedQuota() {}

  /** Whether a budget is why a request has no answer. */
  public static boolean isWhy(InferenceResult result) {
    return result.getOutcome() == Outcome.REFUSED && REASON.equals(result.getErrorCode());
  }

  /** Without a time to try again after: only a new month or a higher budget helps. */
  public static ApiError error(String message) {
    return new ApiError(TOO_MANY_REQUESTS, INSUFFICIENT, INSUFFICIENT, null, message, null);
  }
}
