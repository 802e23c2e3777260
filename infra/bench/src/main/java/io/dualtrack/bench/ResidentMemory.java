package io.dualtrack.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Resident memory as Linux counts it. */
final class ResidentMemory {

  private ResidentMemory() {}

  /** Of this process and all below it, in megabytes; -1 where there is no {@code /proc}. */
  static long ofThisAndChildren() {
    return of(ProcessHandle.current());
  }

  /** Of a process and all below it, in megabytes; -1 where there is no {@code /proc}. */
  static long of(ProcessHandle process) {
    if (!Files.isDirectory(Path.of("/proc/self"))) {
      return -1;
    }
    return Stream.concat(Stream.of(process), process.descendants())
            .mapToLong(one -> kilobytes(one.pid()))
            .sum()
        / 1024;
  }

  private static long kilobytes(long pid) {
    try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      // It has ended meanwhile.
      return 0;
    }
  }
}
