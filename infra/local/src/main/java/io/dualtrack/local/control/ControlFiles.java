package io.dualtrack.local.control;

import io.dualtrack.inference.Dialects;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.review.control.ControlReader;
import io.dualtrack.review.control.InvalidControlException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Control files, as they are read where a dispatcher can be asked what it speaks. */
public final class ControlFiles {

  private ControlFiles() {}

  /**
   * Reads and checks files.
   *
   * @param path a file, or a folder whose {@code .yaml} and {@code .yml} files are read
   * @param published what the control topics hold already, so that a file may refer to it
   * @throws InvalidControlException with every problem of every file
   * @throws IOException if the path cannot be read
   */
  public static ControlSet read(Path path, ControlSet published)
      throws InvalidControlException, IOException {
    return ControlReader.read(path, published, Dialects.names());
  }

  static ControlSet readTexts(Map<String, String> texts) throws InvalidControlException {
    return ControlReader.readTexts(texts, ControlSet.empty(), Dialects.names());
  }
}
