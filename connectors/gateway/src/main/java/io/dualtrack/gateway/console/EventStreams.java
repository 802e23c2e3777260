package io.dualtrack.gateway.console;

import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.http.Call;
import jakarta.servlet.ServletOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Server-sent events: each stream gets the latest figures, and one that reads slowly gets fewer.
 * Every stream has a thread of its own, and there are few of both.
 */
final class EventStreams {

  private static final int MOST = 32;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

  /** After which the page connects again, so that a session that ended is noticed. */
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final Semaphore places = new Semaphore(MOST);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final InstantSource clock;
  private long version;
  private String latest;
  private boolean closed;

  EventStreams(InstantSource clock) {
    this.clock = clock;
  }

  void publish(String json) {
    lock.lock();
    try {
      latest = json;
      version++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends all streams; there will be none any more. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isWatched() {
    return places.availablePermits() < MOST;
  }

  /**
   * @param first what the stream begins with
   */
  void serve(Call call, String first) {
    if (!places.tryAcquire()) {
      throw ApiError.unavailable("Too many pages watch this gateway.", RETRY_AFTER).toException();
    }
    call.http().header("Cache-Control", "no-store").header("X-Accel-Buffering", "no");
    call.http().res().setContentType("text/event-stream");
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Thread thread = new Thread(() -> stream(call, ended), "console-events");
    thread.setDaemon(true);
    call.http().future(() -> ended);
    publish(first);
    thread.start();
  }

  private void stream(Call call, CompletableFuture<Void> ended) {
    try {
      ServletOutputStream out = call.http().res().getOutputStream();
      Instant end = clock.instant().plus(LONGEST);
      long seen = 0;
      while (clock.instant().isBefore(end)) {
        String json;
        lock.lock();
        try {
          while (version == seen && !closed) {
            if (!changed.await(LONGEST.toMillis(), TimeUnit.MILLISECONDS)) {
              return;
            }
          }
          if (closed) {
            return;
          }
          seen = version;
          json = latest;
        } finally {
          lock.unlock();
        }
        out.write(("data: " + json + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
      }
    } catch (IOException e) {
      // The page was closed: that is how streams end.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      places.release();
      ended.complete(null);
    }
  }
}
