package io.dualtrack.inference.adapter;

import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Offering;

/** Speaks one dialect. Threads share an instance. */
public interface Adapter {

  /** The name that {@link Offering#getDialect()} calls it by. */
  String dialect();

  Preparation prepare(DispatchOrder order, Offering offering);

  /**
   * @param order the order that was sent
   * @param answer what came back for it
   */
  Verdict read(DispatchOrder order, Reply.Answered answer);
}
