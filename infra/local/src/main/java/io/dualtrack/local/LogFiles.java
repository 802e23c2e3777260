package io.dualtrack.local;

import java.nio.file.Path;
import org.apache.logging.log4j.core.config.Configurator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a process logs: in the data folder of its stack, where it has one, else in the default. */
public final class LogFiles {

  private static final String FOLDER = "dualtrack.logs";
  private static final String FILE = "dualtrack.log";

  private LogFiles() {}

  /** Logs of a process that runs a stack: {@code logs/stack.log} in its data folder. */
  public static void ofStack(Path data) {
    System.setProperty(FOLDER, data.resolve("logs").toString());
    System.setProperty(FILE, "stack");
    // Some class may have logged before, or only looked for its logger.
    Configurator.reconfigure();
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
