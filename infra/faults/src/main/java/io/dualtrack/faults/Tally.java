package io.dualtrack.faults;

import java.util.concurrent.atomic.AtomicInteger;

/** How much harm was done. */
final class Tally {

  private final AtomicInteger faults = new AtomicInteger();
  private final AtomicInteger kills = new AtomicInteger();

  /** All faults, kills among them. */
  int faults() {
    return faults.get();
  }

  int kills() {
    return kills.get();
  }

  void fault() {
    faults.incrementAndGet();
  }

  void kills(int processes) {
    kills.addAndGet(processes);
    faults.addAndGet(processes);
  }
}
