package io.dualtrack.local.feeder;

import java.util.BitSet;

/** Which lines were sent and which have their result: two bits a line. Threads may share it. */
final class Outstanding {

  /** What a result is to the run. */
  enum Arrival {
    FIRST,
    AGAIN,
    /** Of a line that was not sent. */
    UNKNOWN
  }

  private final BitSet sent = new BitSet();
  private final BitSet settled = new BitSet();
  private long open;

  synchronized void sent(int line) {
    sent.set(line);
    open++;
  }

  synchronized Arrival settle(int line) {
    if (line < 0 || !sent.get(line)) {
      return Arrival.UNKNOWN;
    }
    if (settled.get(line)) {
      return Arrival.AGAIN;
    }
    settled.set(line);
    open--;
    return Arrival.FIRST;
  }

  /** Lines that were sent and have no result yet. */
  synchronized long open() {
    return open;
  }
}
