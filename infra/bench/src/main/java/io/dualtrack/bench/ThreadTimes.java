package io.dualtrack.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the threads of this process took, by what they are for, as Linux counts it; nothing
 * elsewhere. The just-in-time compiler is at work for as long as a run is young, and rests in a job
 * that has run for an hour; so its time is told apart.
 */
public record ThreadTimes(Duration compiler, Duration collector) {

  private static final Path TASKS = Path.of("/proc/self/task");
  private static final long TICK_NANOS = 10_000_000;

  public static ThreadTimes ofThisProcess() {
    if (!Files.isDirectory(TASKS)) {
      return new ThreadTimes(Duration.ZERO, Duration.ZERO);
    }
    long compiler = 0;
    long collector = 0;
    try (Stream<Path> tasks = Files.list(TASKS)) {
      for (Path task : tasks.toList()) {
        String stat = stat(task);
        if (stat.contains("CompilerThre")) {
          compiler += ticks(stat);
        } else if (stat.contains("(GC Thread")) {
          collector += ticks(stat);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ThreadTimes(
        Duration.ofNanos(compiler * TICK_NANOS), Duration.ofNanos(collector * TICK_NANOS));
  }

  /** Empty for a thread that has ended meanwhile. */
  private static String stat(Path task) {
    try {
      return Files.readString(task.resolve("stat"));
    } catch (IOException ended) {
      return "";
    }
  }

  /** User and system time: fields 14 and 15, counted behind the name in brackets. */
  private static long ticks(String stat) {
    List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
    return Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12));
  }

  public ThreadTimes minus(ThreadTimes earlier) {
    return new ThreadTimes(compiler.minus(earlier.compiler), collector.minus(earlier.collector));
  }
}
