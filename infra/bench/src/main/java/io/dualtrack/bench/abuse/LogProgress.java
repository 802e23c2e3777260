package io.dualtrack.bench.abuse;

import io.dualtrack.local.abuse.RecordedExchange;
import java.time.Duration;
import java.util.function.Consumer;

/** Says ten times how far a log is that takes minutes to make. */
final class LogProgress implements Consumer<RecordedExchange> {

  private static final int TIMES = 10;

  private final Duration length;
  private long lines;
  private int told;

  LogProgress(LogRecipe recipe) {
    this.length = recipe.length();
  }

  @Override
  public void accept(RecordedExchange line) {
    lines++;
    Duration made = Duration.between(LogRecipe.BEGIN, line.at());
    long part = TIMES * made.toMillis() / length.toMillis();
    if (part > told) {
      told = (int) part;
      System.err.printf("%,d exchanges, %d of %d hours%n", lines, made.toHours(), length.toHours());
    }
  }
}
