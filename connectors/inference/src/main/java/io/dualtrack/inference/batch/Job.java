package io.dualtrack.inference.batch;

import io.dualtrack.schemas.ProviderBatch;
import io.dualtrack.schemas.ProviderBatchStatus;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/** A job of this process. Belongs to the lane's thread. */
final class Job {

  /** As it is in the log. */
  final ProviderBatch record;

  /** What was asked of the provider; what it gives is done on the lane's thread. */
  CompletableFuture<Runnable> asked;

  /** Nothing is done before this. */
  Instant notBefore = Instant.MIN;

  /** Whether the provider may know of it although no id is recorded. */
  boolean mayBeSubmitted;

  /** Failures in a row. */
  int failures;

  /**
   * @param recovered whether an earlier owner has left it
   */
  Job(ProviderBatch record, boolean recovered) {
    this.record = record;
    this.mayBeSubmitted = recovered && record.getStatus() == ProviderBatchStatus.COLLECTED;
  }
}
