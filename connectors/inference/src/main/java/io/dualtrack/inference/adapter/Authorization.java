package io.dualtrack.inference.adapter;

import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Proves that a call may be made. Asked when the call is about to start and not when it is
 * prepared: a signature holds for minutes, and an order may wait longer for its turn.
 */
@FunctionalInterface
public interface Authorization {

  Authorization NONE = request -> CompletableFuture.completedFuture(Map.of());

  /**
   * Headers to add, never logged.
   *
   * @return fails where the proof cannot be had now
   */
  CompletableFuture<Map<String, String>> headers(ProviderRequest request);
}
