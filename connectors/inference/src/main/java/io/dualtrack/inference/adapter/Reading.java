package io.dualtrack.inference.adapter;

import io.dualtrack.schemas.DispatchOrder;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From a reply to its verdict, whatever the dialect. */
public final class Reading {

  private static final Logger LOG = LoggerFactory.getLogger(Reading.class);

  private Reading() {}

  /** Empty where nothing was written to the provider. */
  public static Optional<Verdict> of(Adapter adapter, DispatchOrder order, Reply reply) {
    if (reply instanceof Reply.NotPermitted) {
      return Optional.empty();
    }
    try {
      return Optional.of(verdict(adapter, order, reply));
    } catch (RuntimeException e) {
      // One answer that the adapter cannot bear must not stop the others. No message: it may
      // quote the answer.
      LOG.error("adapter failed; order={} kind={}", order.getOrderId(), e.getClass().getName());
      return Optional.of(
          new Verdict.Failed(
              0, "malformed_answer", "the answer broke the adapter", false, false, null));
    }
  }

  private static Verdict verdict(Adapter adapter, DispatchOrder order, Reply reply) {
    if (reply instanceof Reply.Answered answered) {
      return adapter.read(order, answered);
    }
    if (reply instanceof Reply.Streamed streamed) {
      return streamed.answer().ended(streamed.statusCode());
    }
    if (reply instanceof Reply.TooLarge tooLarge) {
      return having(
          new Verdict.Failed(
              tooLarge.statusCode(),
              "answer_too_large",
              "the answer is longer than %d bytes".formatted(tooLarge.limitBytes()),
              false,
              false,
              null),
          tooLarge.partial());
    }
    if (reply instanceof Reply.TimedOut timedOut) {
      return having(
          new Verdict.Failed(0, "timeout", "no whole answer in time", true, false, null),
          timedOut.partial());
    }
    if (reply instanceof Reply.ConnectionFailed failed) {
      return having(
          new Verdict.Failed(
              0, "connection", "the connection failed: " + failed.cause(), true, false, null),
          failed.partial());
    }
    throw new IllegalStateException("a reply without a meaning");
  }

  private static Verdict having(Verdict.Failed failed, AnswerStream partial) {
    return partial == null ? failed : partial.soFar().map(failed::having).orElse(failed);
  }
}
