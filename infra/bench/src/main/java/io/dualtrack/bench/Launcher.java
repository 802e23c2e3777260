package io.dualtrack.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs commands of the launcher in processes of their own, so that none finds what another left.
 */
public final class Launcher {

  private Launcher() {}

  /**
   * The folder of the launcher, which tells it.
   *
   * @throws IllegalStateException if this was not started by the launcher
   */
  public static Path home() {
    String home = System.getProperty("dualtrack.home");
    if (home == null) {
      throw new IllegalStateException("run it by ./dualtrack");
    }
    return Path.of(home);
  }

  /** Starts a command with nothing to read; what it says on the standard error is said here. */
  public static Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(home().resolve("dualtrack").toString());
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    process.getOutputStream().close();
    return process;
  }
}
