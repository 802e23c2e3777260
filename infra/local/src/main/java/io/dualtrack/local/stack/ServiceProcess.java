package io.dualtrack.local.stack;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * One service in a process of its own. It may be killed and started again under the same name, as
 * often as a test of faults wants.
 */
public final class ServiceProcess implements AutoCloseable {

  static final String INSTANCE = "DUALTRACK_INSTANCE";

  private final String service;
  private final String name;
  private final String mainClass;
  private final List<String> arguments;
  private final String heap;
  private final List<Path> classPath;
  private final Map<String, String> environment;
  private final Path logs;
  private JavaProcess process;

  /**
   * @param heap at most, as the JVM takes it: {@code 256m}
   * @param environment of the service's main
   * @param logs folder of its log, its collector's log and its output
   */
  ServiceProcess(
      String name, String mainClass, String heap, Map<String, String> environment, Path logs) {
    this(name, name, mainClass, List.of(), heap, ownClassPath(), environment, logs);
  }

  /**
   * @param service that this is an instance of
   * @param arguments of its main
   * @param classPath without this module, which is added
   */
  ServiceProcess(
      String service,
      String name,
      String mainClass,
      List<String> arguments,
      String heap,
      List<Path> classPath,
      Map<String, String> environment,
      Path logs) {
    this.service = service;
    this.name = name;
    this.mainClass = mainClass;
    this.arguments = List.copyOf(arguments);
    this.heap = heap;
    this.classPath = List.copyOf(classPath);
    this.environment = new HashMap<>(environment);
    this.logs = logs;
  }

  /** What it is an instance of: the name without the instance's number. */
  public String service() {
    return service;
  }

  /**
   * {@code topology}, {@code dispatcher-api}, {@code dispatcher-local}, {@code gateway} or {@code
   * broker}, and the number of an instance that is not the first.
   */
  public String name() {
    return name;
  }

  /**
   * Starts the process; nothing where it runs already.
   *
   * @throws UncheckedIOException if the operating system has no process for it
   */
  public synchronized void start() {
    if (process != null && process.isAlive()) {
      return;
    }
    try {
      process =
          JavaProcess.start(
              mainClass,
              arguments,
              List.of(
                  "-Xmx" + heap,
                  "-XX:+ExitOnOutOfMemoryError",
                  "-Xlog:gc:file=" + collectorLog() + "::filecount=0",
                  "-Ddualtrack.logs=" + logs,
                  "-Ddualtrack.log=" + name),
              classPath,
              Map.copyOf(environment),
              logs.resolve(name + ".out"));
    } catch (IOException e) {
      throw new UncheckedIOException("the %s cannot be started".formatted(name), e);
    }
  }

  /** The class path of this process. */
  static List<Path> ownClassPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(Path::of)
        .toList();
  }

  /** What the collector of the process that runs now, or ran last, says of each collection. */
  public Path collectorLog() {
    return logs.resolve(name + ".gc.log");
  }

  public synchronized boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** The process that runs now, or ran last. */
  public synchronized long pid() {
    return process.pid();
  }

  /** What it wrote last, and the file of the rest. */
  public String lastWords() {
    Path file = logs.resolve(name + ".out");
    String last = "it wrote nothing";
    try {
      last =
          Files.readAllLines(file).stream()
              .filter(line -> !line.isBlank())
              .reduce(last, (earlier, line) -> line);
    } catch (IOException e) {
      last = "its output cannot be read";
    }
    return last + "; see " + file;
  }

  /** {@code kill -9}; returns when it is gone. */
  public synchronized void kill() {
    process.kill();
  }

  /** {@code kill -STOP}: it stays where it is and answers nobody. */
  public synchronized void freeze() {
    process.frozen(true);
  }

  /** {@code kill -CONT}: it goes on as if no time had passed. */
  public synchronized void thaw() {
    process.frozen(false);
  }

  /** Takes the right to make files longer from it: it sees a full disk. Linux only. */
  public synchronized void fillDisk() {
    process.diskFull(true);
  }

  /** There is space again. */
  public synchronized void freeDisk() {
    process.diskFull(false);
  }

  /** What its main finds in its environment from the next start on. */
  public synchronized String setting(String variable) {
    return environment.get(variable);
  }

  /** Has its main find something else in its environment from the next start on. */
  public synchronized void set(String variable, String value) {
    environment.put(variable, value);
  }

  /**
   * Another instance of the same service, not started; whoever asks for it closes it.
   *
   * @param instance beside 0, which all others are
   */
  public synchronized ServiceProcess another(int instance) {
    Map<String, String> own = new HashMap<>(environment);
    own.put(INSTANCE, Integer.toString(instance));
    return new ServiceProcess(
        service, service + "-" + instance, mainClass, arguments, heap, classPath, own, logs);
  }

  /**
   * Asks the process to stop, as {@code kill} does, and returns at once.
   *
   * @return its exit code, when it has ended
   */
  public synchronized CompletableFuture<Integer> stop() {
    process.stop();
    return process.exit();
  }

  /** Completes with the exit code of the process that runs now, when it has ended. */
  public synchronized CompletableFuture<Integer> ended() {
    return process.exit();
  }

  /** Asks the process to stop, and kills it if it does not. */
  @Override
  public synchronized void close() {
    if (process != null) {
      process.close();
    }
  }
}
