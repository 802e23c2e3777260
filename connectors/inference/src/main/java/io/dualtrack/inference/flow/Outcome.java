package io.dualtrack.inference.flow;

/**
 * An order's end.
 *
 * @param work the order
 * @param completion the completion as a record's value; bounded by the topic's record limit
 */
@SuppressWarnings("ArrayRecordComponent")
public record Outcome(Work work, byte[] completion) {
  @Override
  public String toString() {
    return "Outcome[order=" + work.order().getOrderId() + ", bytes=" + completion.length + "]";
  }
}
