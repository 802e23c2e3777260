package io.dualtrack.inference.tracking;

/** What is to be done with an order that the log delivered. */
public enum Receipt {
  /** Nobody sent it before. */
  FIRST,
  /** An earlier process may have sent it, and its completion was not written. */
  REPEATED,
  /** Its completion is written already. */
  DONE
}
