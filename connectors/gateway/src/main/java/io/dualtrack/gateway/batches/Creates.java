package io.dualtrack.gateway.batches;

import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.schemas.TenantLimits;

/** What every create of a batch has beside its body. */
public final class Creates {

  private static final long USUAL_OPEN_BATCHES = 1_000;
  private static final int MAX_KEY_CHARS = 255;

  private Creates() {}

  /** Batches of the caller's tenant that may be open at the same time. */
  public static long maxOpen(Call call) {
    return call.caller().limit(TenantLimits::getMaxOpenBatches, USUAL_OPEN_BATCHES);
  }

  /**
   * The caller's own name for a create; null for none.
   *
   * @throws io.dualtrack.gateway.error.ApiException with 400 if it is too long
   */
  public static String idempotencyKey(Call call) {
    String key = call.http().header("Idempotency-Key");
    if (key != null && (key.isBlank() || key.length() > MAX_KEY_CHARS)) {
      throw ApiError.invalid(
              "invalid_idempotency_key",
              null,
              "Idempotency-Key must have 1 to %d characters.".formatted(MAX_KEY_CHARS))
          .toException();
    }
    return key;
  }
}
