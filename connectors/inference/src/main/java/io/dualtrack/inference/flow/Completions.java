package io.dualtrack.inference.flow;

import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import java.time.Instant;
import java.util.function.Function;

/** Writes down how orders ended. */
final class Completions {

  /**
   * @param status what the record says
   */
  record Written(CompletionStatus status, byte[] bytes) {}

  private final Lane lane;
  private final int maxBytes;
  private final Function<Completion, byte[]> serializer;

  /**
   * @param maxBytes longest record that the topic takes
   */
  Completions(Lane lane, int maxBytes, Function<Completion, byte[]> serializer) {
    this.lane = lane;
    this.maxBytes = maxBytes;
    this.serializer = serializer;
  }

  /** An end that does not fit the topic is written without its body, as one to try elsewhere. */
  Written write(Work work, End end, Instant now) {
    Completion made = blank(work, now);
    fill(made, work, end);
    byte[] bytes = serializer.apply(made);
    if (bytes.length > maxBytes) {
      Completion small = blank(work, now);
      small.setStatus(CompletionStatus.RETRYABLE);
      small.setStatusCode(made.getStatusCode());
      small.setErrorCode("answer_too_large");
      small.setErrorMessage(
          "the completion would have %d bytes of at most %d".formatted(bytes.length, maxBytes));
      small.setUsage(made.getUsage());
      small.setStartedAt(made.getStartedAt());
      return new Written(small.getStatus(), serializer.apply(small));
    }
    return new Written(made.getStatus(), bytes);
  }

  private static void fill(Completion completion, Work work, End end) {
    if (end instanceof End.NotCalled ended) {
      completion.setStatus(ended.status());
      completion.setStatusCode(work.lastFailure() == null ? 0 : work.lastFailure().statusCode());
      completion.setErrorCode(ended.code());
      completion.setErrorMessage(ended.message());
    } else if (end instanceof End.Halted ended) {
      completion.setStatus(CompletionStatus.SUSPENDED);
      completion.setStatusCode(work.lastFailure() == null ? 0 : work.lastFailure().statusCode());
      completion.setErrorCode("suspended");
      completion.setErrorMessage(ended.halt().reason());
      completion.setSuspensionEpoch(ended.halt().epoch());
      if (ended.startedAt() != null) {
        completion.setStartedAt(ended.startedAt());
      }
    } else if (end instanceof End.Answered ended) {
      completion.setStatus(CompletionStatus.ANSWERED);
      completion.setStatusCode(ended.answer().statusCode());
      completion.setBody(ended.answer().body());
      completion.setUsage(work.with(ended.answer().usage()));
      completion.setRawUsage(ended.answer().rawUsage());
      completion.setStartedAt(ended.startedAt());
    } else if (end instanceof End.Rejected ended) {
      completion.setStatus(CompletionStatus.REJECTED);
      completion.setStatusCode(ended.rejected().statusCode());
      completion.setBody(ended.rejected().body());
      completion.setErrorCode(ended.rejected().code());
      completion.setErrorMessage(ended.rejected().message());
      completion.setStartedAt(ended.startedAt());
    } else if (end instanceof End.Failed ended) {
      completion.setStatus(CompletionStatus.RETRYABLE);
      completion.setStatusCode(ended.failed().statusCode());
      completion.setErrorCode(ended.failed().code());
      completion.setErrorMessage(ended.failed().message());
      completion.setStartedAt(ended.startedAt());
    } else {
      throw new IllegalArgumentException("a forgotten order has no completion");
    }
  }

  /** By setters: a builder checks every field once more and costs several times as much. */
  private Completion blank(Work work, Instant now) {
    DispatchOrder order = work.order();
    Completion completion = new Completion();
    completion.setOrderId(order.getOrderId());
    completion.setCacheKey(order.getCacheKey());
    completion.setFlight(order.getFlight());
    completion.setRequestId(order.getRequestId());
    completion.setTenant(order.getTenant());
    completion.setAccount(order.getAccount());
    completion.setOffering(order.getOffering());
    completion.setLane(lane);
    completion.setTier("standard");
    completion.setCalls(work.calls());
    completion.setRepeated(work.repeated());
    completion.setUsage(work.spent());
    completion.setStartedAt(now);
    completion.setFinishedAt(now);
    return completion;
  }
}
