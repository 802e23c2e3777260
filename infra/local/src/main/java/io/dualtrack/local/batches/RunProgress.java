package io.dualtrack.local.batches;

/** Watches a run. Called by more than one thread. */
public interface RunProgress extends AutoCloseable {

  /**
   * @param lines lines of the file that are not blank
   */
  void started(String file, long lines);

  /**
   * @param lines lines that have an outcome by now
   */
  void advanced(long lines);

  /** Something that the user should read now. */
  void say(String message);

  @Override
  void close();
}
