package io.dualtrack.local;

import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a process logs. A command that has a data folder says so before it touches a class that
 * logs; the others log in the default data folder.
 */
public final class LogFiles {

  private static final String FOLDER = "dualtrack.logs";
  private static final String FILE = "dualtrack.log";

  private LogFiles() {}

  /** Logs of a process that runs a stack: {@code logs/stack.log} in its data folder. */
  public static void ofStack(Path data) {
    System.setProperty(FOLDER, data.resolve("logs").toString());
    System.setProperty(FILE, "stack");
  }

  /** The file that this process logs to. */
  static Path current() {
    String folder =
        System.getProperty(
            FOLDER, Path.of(System.getProperty("user.home"), ".dualtrack", "logs").toString());
    return Path.of(folder, System.getProperty(FILE, "commands") + ".log");
  }

  static Logger of(Class<?> type) {
    return LoggerFactory.getLogger(type);
  }
}
