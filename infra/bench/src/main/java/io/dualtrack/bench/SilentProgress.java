package io.dualtrack.bench;

import io.dualtrack.local.batches.RunProgress;

/** Shows only what a run has to complain about. */
public class SilentProgress implements RunProgress {

  @Override
  public void started(String file, long lines) {}

  @Override
  public void advanced(long lines) {}

  @Override
  public void say(String message) {
    System.err.println(message);
  }

  @Override
  public void close() {}
}
