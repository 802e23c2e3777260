package io.dualtrack.bench;

import java.time.Duration;
import java.util.stream.Stream;

/**
 * Processor time as the system counts it. On a machine that others use too it says more than the
 * time that passes.
 */
public final class CpuTime {

  private CpuTime() {}

  /** Of this process and all below it that run now, since each of them started. */
  public static Duration ofThisAndChildren() {
    ProcessHandle self = ProcessHandle.current();
    return Stream.concat(Stream.of(self), self.descendants())
        .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
        .reduce(Duration.ZERO, Duration::plus);
  }
}
