package io.dualtrack.jobs.runtime;

import org.apache.flink.runtime.execution.SuppressRestartsException;

/** A checkpoint that this release cannot read: no restart would change that. */
public final class UnreadableState {

  private UnreadableState() {}

  /**
   * What ends the job for good, with its checkpoint as it was.
   *
   * @param what was found, and what this release reads
   */
  public static SuppressRestartsException because(String what) {
    return new SuppressRestartsException(
        new IllegalStateException(
            "the checkpoint cannot be read by this release: "
                + what
                + "; nothing was changed: start the release that wrote it, or one after it"));
  }
}
