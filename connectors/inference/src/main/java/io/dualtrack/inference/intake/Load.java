package io.dualtrack.inference.intake;

import io.dualtrack.schemas.DispatchOrder;

/**
 * Orders of one service class that are taken and not completed. What does not fit stays in the log;
 * once full, a quarter has to be done before more is taken.
 */
final class Load {

  private final int maxOrders;
  private final long maxBytes;
  private int orders;
  private long bytes;
  private boolean full;

  Load(int maxOrders, long maxBytes) {
    this.maxOrders = maxOrders;
    this.maxBytes = maxBytes;
  }

  static int bytes(DispatchOrder order) {
    long stored = order.getBodyFile() == null ? 0 : order.getBodyFile().getBytes();
    return Math.toIntExact(Math.min(Integer.MAX_VALUE, order.getBody().length() + stored));
  }

  void add(int orderBytes) {
    orders++;
    bytes += orderBytes;
  }

  void remove(int orderBytes) {
    orders--;
    bytes -= orderBytes;
  }

  int orders() {
    return orders;
  }

  boolean full() {
    if (orders >= maxOrders || bytes >= maxBytes) {
      full = true;
    } else if (orders <= maxOrders * 3 / 4 && bytes <= maxBytes * 3 / 4) {
      full = false;
    }
    return full;
  }
}
