package io.dualtrack.local.command;

import io.dualtrack.local.stack.StackFailure;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;

/**
 * Does something again and again, each time that long after it began the last time, until its
 * thread is interrupted. A stack that is away for once is told of and tried again the next time.
 */
final class Repetition {

  /** What is done. */
  interface Attempt {
    /** Exit code of this time. */
    int run() throws IOException, InterruptedException;
  }

  /** What waits. */
  interface Pause {
    void last(Duration time) throws InterruptedException;
  }

  private final Duration every;
  private final InstantSource clock;
  private final Pause pause;
  private final Consumer<String> failures;

  /**
   * @param failures gets what was wrong with a time that failed, in one line
   */
  Repetition(Duration every, InstantSource clock, Pause pause, Consumer<String> failures) {
    this.every = every;
    this.clock = clock;
    this.pause = pause;
    this.failures = failures;
  }

  /**
   * @return the code of wrong usage, which no other time mends
   * @throws InterruptedException if told to stop, which is the usual end
   */
  int run(Attempt attempt) throws InterruptedException {
    while (true) {
      Instant next = clock.instant().plus(every);
      try {
        int code = attempt.run();
        if (code == Exit.USAGE) {
          return code;
        }
      } catch (IOException | StackFailure | KafkaException e) {
        failures.accept(e.getMessage());
      }
      Duration left = Duration.between(clock.instant(), next);
      pause.last(left.isNegative() ? Duration.ZERO : left);
    }
  }
}
