package io.dualtrack.local.stack;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of a stack: whether each is ready, and what becomes of the stack where one dies. */
final class Parts {

  private static final Logger LOG = LoggerFactory.getLogger(Parts.class);
  private static final String LOG_FILE = "stack.log";

  private final Path logs;
  private final Shutdown shutdown;
  private final Map<String, BooleanSupplier> readiness = new LinkedHashMap<>();
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();

  /**
   * @param logs folder that failures refer to
   */
  Parts(Path logs, Shutdown shutdown) {
    this.logs = logs;
    this.shutdown = shutdown;
  }

  /** A part is ready whenever the question says so. */
  void ready(String part, BooleanSupplier question) {
    synchronized (readiness) {
      readiness.put(part, question);
    }
  }

  /** Each part that was started and whether it is ready. */
  Map<String, Boolean> ready() {
    Map<String, Boolean> ready = new LinkedHashMap<>();
    synchronized (readiness) {
      readiness.forEach((part, question) -> ready.put(part, question.getAsBoolean()));
    }
    return ready;
  }

  /** Completes when the stack is closed; exceptionally where a part dies before. */
  CompletableFuture<Void> stopped() {
    return stopped;
  }

  /** Takes the end of a part for the end of the stack, unless it is being shut down. */
  void watch(String part, CompletableFuture<Void> end) {
    end.whenComplete(
        (done, failure) -> {
          if (failure != null && !shutdown.isRunning()) {
            LOG.error("a part died; part={}", part, failure);
            ready(part, () -> false);
            stopped.completeExceptionally(failure("the %s died".formatted(part), failure));
          }
        });
  }

  /** One line of what went wrong and where to read more. */
  StackFailure failure(String what, Throwable thrown) {
    Throwable cause = thrown;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof StackFailure said) {
      return said;
    }
    String why = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    return new StackFailure(
        "%s: %s; see %s"
            .formatted(what, why.lines().findFirst().orElse(""), logs.resolve(LOG_FILE)),
        cause);
  }
}
