package io.dualtrack.inference.adapter;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/** Puts calls on the wire. */
public interface Caller {

  /**
   * A call that is out.
   *
   * @param reply completes once, never exceptionally
   * @param abort gives the call up and closes its connection; the reply then tells of a failure
   */
  record Call(CompletableFuture<Reply> reply, Runnable abort) {}

  /**
   * @param timeout from now to the last byte of the answer
   * @param permitted asked once more right before the first byte is written
   */
  Call call(ProviderRequest request, Duration timeout, BooleanSupplier permitted);
}
