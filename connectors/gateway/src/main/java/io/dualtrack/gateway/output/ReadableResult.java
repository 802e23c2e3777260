package io.dualtrack.gateway.output;

import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Outcome;

/** Results as their callers can be told of them. */
public final class ReadableResult {

  private static final int FORBIDDEN = 403;

  private ReadableResult() {}

  /** The result itself; where its text cannot be decrypted any more, one that says so. */
  public static InferenceResult of(InferenceResult result) {
    if (result.getSealed() == null) {
      return result;
    }
    return InferenceResult.newBuilder(result)
        .setOutcome(Outcome.FAILED)
        .setStatusCode(FORBIDDEN)
        .setBody(null)
        .setSealed(null)
        .setErrorCode("text_unreadable")
        .setErrorMessage(
            "the text key of tenant %s, or of the account, does not exist, or was destroyed; ask the operator"
                .formatted(result.getTenant()))
        .build();
  }
}
