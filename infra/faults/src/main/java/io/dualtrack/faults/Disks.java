package io.dualtrack.faults;

import io.dualtrack.local.stack.ServiceProcess;
import io.dualtrack.local.stack.StackFailure;

/** Disks that were full. */
final class Disks {

  private Disks() {}

  /** There is space again for a process, unless it has ended for want of it. */
  static void free(ServiceProcess process) {
    try {
      if (process.isAlive()) {
        process.freeDisk();
      }
    } catch (StackFailure e) {
      // It ends this moment.
      if (process.isAlive()) {
        throw e;
      }
    }
  }
}
