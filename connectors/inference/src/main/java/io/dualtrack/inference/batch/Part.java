package io.dualtrack.inference.batch;

import io.dualtrack.schemas.ProviderBatch;
import java.util.ArrayList;
import java.util.List;

/** One partition of deferred orders for as long as this process has it. */
final class Part {

  final int number;
  final List<Job> jobs = new ArrayList<>();
  Collected collected;

  /** All orders below this belong to jobs. */
  long committed;

  /** Where the next order is read. */
  long position;

  /**
   * @param committed offset of the first order that belongs to no job
   * @param left jobs of an earlier owner
   */
  Part(int number, long committed, List<ProviderBatch> left) {
    this.number = number;
    this.committed = committed;
    this.position = committed;
    this.collected = new Collected(number);
    left.forEach(record -> jobs.add(new Job(record, true)));
  }
}
