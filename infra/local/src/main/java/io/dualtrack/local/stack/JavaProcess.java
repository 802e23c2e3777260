package io.dualtrack.local.stack;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A JVM that ends with this one; its output goes to a file. */
final class JavaProcess implements AutoCloseable {

  private static final int FIRST_JDK_TO_WARN_OF_NATIVE_ACCESS = 22;
  private static final int FIRST_JDK_TO_WARN_OF_UNSAFE = 24;

  /**
   * A terminal's Ctrl-C reaches every process in the foreground. The stack stops its processes
   * itself, each when nothing needs it any more. A JVM leaves signals alone that it finds ignored.
   */
  private static final List<String> DEAF_TO_THE_TERMINAL =
      List.of("/bin/sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh");

  private final Process process;
  private final Path log;

  private JavaProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * @param jvmOptions beside those that keep the JVM quiet
   * @param classPath without this module, which is added
   * @param environment added to this process's own
   * @param log appended to
   */
  static JavaProcess start(
      String mainClass,
      List<String> jvmOptions,
      List<Path> classPath,
      Map<String, String> environment,
      Path log)
      throws IOException {
    return start(mainClass, List.of(), jvmOptions, classPath, environment, log);
  }

  /**
   * @param arguments of the class's main
   */
  static JavaProcess start(
      String mainClass,
      List<String> arguments,
      List<String> jvmOptions,
      List<Path> classPath,
      Map<String, String> environment,
      Path log)
      throws IOException {
    List<String> command = new ArrayList<>(DEAF_TO_THE_TERMINAL);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(commonOptions());
    command.addAll(jvmOptions);
    command.add("-cp");
    command.add(
        String.join(
            File.pathSeparator,
            Stream.concat(classPath.stream(), Stream.of(ownCode())).map(Path::toString).toList()));
    command.add(Tethered.class.getName());
    command.add(mainClass);
    command.addAll(arguments);
    Files.createDirectories(log.getParent());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    return new JavaProcess(builder.start(), log);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  Path log() {
    return log;
  }

  /** Completes with the exit code. */
  CompletableFuture<Integer> exit() {
    return process.onExit().thenApply(Process::exitValue);
  }

  /** Kills without notice, as {@code kill -9} does, and waits until it is gone. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /**
   * Stops it where it is, as {@code kill -STOP} does, or lets it go on: its peers see a process
   * that does not answer, and it does not see the time.
   *
   * @throws StackFailure if the operating system does not do it
   */
  void frozen(boolean frozen) {
    tell(List.of("kill", frozen ? "-STOP" : "-CONT", Long.toString(pid())));
  }

  /**
   * Takes the right to make files longer from it, by a limit of the operating system, or gives it
   * back: it sees a disk that is full.
   *
   * @throws StackFailure if the operating system does not do it; only Linux does
   */
  void diskFull(boolean full) {
    String limit = full ? "0" : "unlimited";
    tell(List.of("prlimit", "--pid", Long.toString(pid()), "--fsize=" + limit + ":"));
  }

  private static void tell(List<String> command) {
    String said = String.join(" ", command);
    try {
      int code =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
      if (code != 0) {
        throw new StackFailure("%s ended with code %d".formatted(said, code));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(said, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackFailure("interrupted at " + said, e);
    }
  }

  /** Asks to stop, and returns at once. */
  void stop() {
    // Not the process's own destroy: that closes its standard input too, and the tether ends it.
    process.toHandle().destroy();
  }

  /** Asks to stop, and kills what has not stopped in ten seconds. */
  @Override
  public void close() {
    stop();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        kill();
      }
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    }
  }

  /** Options for every process, and those without which newer JDKs print warnings. */
  private static List<String> commonOptions() {
    int jdk = Runtime.version().feature();
    List<String> options = new ArrayList<>();
    // On two cores the common pool has one thread, and then the JDK's HTTP client starts a thread
    // for each answer.
    options.add("-Djava.util.concurrent.ForkJoinPool.common.parallelism=4");
    if (jdk >= FIRST_JDK_TO_WARN_OF_NATIVE_ACCESS) {
      options.add("--enable-native-access=ALL-UNNAMED");
    }
    if (jdk >= FIRST_JDK_TO_WARN_OF_UNSAFE) {
      options.add("--sun-misc-unsafe-memory-access=allow");
    }
    return options;
  }

  static Path ownCode() {
    try {
      return Path.of(JavaProcess.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("this module's own location is no path", e);
    }
  }
}
