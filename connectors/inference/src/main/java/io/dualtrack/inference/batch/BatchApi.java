package io.dualtrack.inference.batch;

import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ProviderBatch;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A provider's batch API. Every future fails with a {@link BatchFailure} where the provider did not
 * do as it was asked.
 */
interface BatchApi {

  /**
   * @param name unique in the batch; begins with the job's id
   * @param body in the provider's own form
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Line(String name, byte[] body) {
    @Override
    public String toString() {
      return "Line[name=" + name + "]";
    }
  }

  /**
   * @param results where the results are, to be fetched in this order; empty while it has not ended
   */
  record Progress(boolean ended, List<String> results) {}

  /**
   * @param statusCode of the line's answer; 0 where the line was not worked on
   * @param body of the answer in the provider's own form; empty where there is none
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Result(String name, int statusCode, byte[] body) {
    @Override
    public String toString() {
      return "Result[name=" + name + ", statusCode=" + statusCode + "]";
    }
  }

  /**
   * @return the provider's id of the new batch
   */
  CompletableFuture<String> submit(Offering offering, ProviderBatch job, List<Line> lines);

  /**
   * Whether a job that may have been submitted was.
   *
   * @return the provider's id, if it knows the job; fails with one to try again while it cannot be
   *     told
   */
  CompletableFuture<Optional<String>> find(Offering offering, ProviderBatch job);

  CompletableFuture<Progress> poll(Offering offering, String id);

  CompletableFuture<Void> cancel(Offering offering, String id);

  CompletableFuture<List<Result>> results(Offering offering, String place);

  /** Has the provider forget the texts of a batch that is settled. */
  CompletableFuture<Void> forget(Offering offering, String id);
}
