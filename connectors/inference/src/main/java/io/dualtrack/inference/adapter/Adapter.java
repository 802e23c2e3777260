package io.dualtrack.inference.adapter;

import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Offering;

/**
 * Speaks one dialect. Knows no network: an order and an offering become a request, what comes back
 * becomes a verdict. Threads share an instance.
 */
public interface Adapter {

  /** How a request travels. */
  enum Delivery {
    /** A call of its own; a long answer is asked for as a stream. */
    DIRECT,
    /** A line of the provider's batch API, whose answer comes in one piece. */
    BATCHED
  }

  /** The name that {@link Offering#getDialect()} calls it by. */
  String dialect();

  Preparation prepare(DispatchOrder order, Offering offering, Delivery delivery);

  default Preparation prepare(DispatchOrder order, Offering offering) {
    return prepare(order, offering, Delivery.DIRECT);
  }

  /**
   * Reads an answer that came in one piece.
   *
   * @param order the order that was sent
   */
  Verdict read(DispatchOrder order, Reply.Answered answer);
}
