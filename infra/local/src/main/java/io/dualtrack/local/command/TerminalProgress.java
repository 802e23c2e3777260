package io.dualtrack.local.command;

import io.dualtrack.local.batches.RunProgress;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress for people: a bar on a terminal, a line now and then elsewhere. */
final class TerminalProgress implements RunProgress {

  private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

  private final PrintWriter err;
  private final boolean terminal;
  private ProgressBar bar;
  private String file = "";
  private long total;
  private long done;
  private Instant started = Instant.now();
  private Instant lastLine = Instant.now();

  TerminalProgress(PrintWriter err) {
    this.err = err;
    this.terminal = System.console() != null;
  }

  @Override
  public synchronized void started(String name, long lines) {
    close();
    file = name;
    total = lines;
    done = 0;
    started = Instant.now();
    lastLine = started;
    if (terminal) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .setInitialMax(lines)
              .setUnit(" lines", 1)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(200)
              .showSpeed()
              .setConsumer(new ConsoleProgressBarConsumer(System.err))
              .build();
    }
  }

  @Override
  public synchronized void advanced(long lines) {
    done = lines;
    if (bar != null) {
      bar.stepTo(lines);
    } else if (!terminal && Instant.now().isAfter(lastLine.plus(BETWEEN_LINES))) {
      lastLine = Instant.now();
      double seconds = Duration.between(started, lastLine).toNanos() / 1e9;
      say(
          "%s: %,d of %,d lines, %,.0f/s"
              .formatted(file, done, total, seconds == 0 ? 0 : done / seconds));
    }
  }

  @Override
  public synchronized void say(String message) {
    if (bar != null) {
      // Over the bar, which is drawn again below.
      err.print("\r\033[K");
    }
    err.println(message);
    err.flush();
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
