package io.dualtrack.topology;

import io.dualtrack.schemas.ServiceClass;
import java.time.Duration;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;

/**
 * Has what somebody waits for committed at once, what nobody waits for soon, and what comes in
 * masses at an interval.
 *
 * <p>A commit is of all tasks of a thread, and takes some milliseconds in which the thread does
 * nothing else. Committing after each record would bound a thread to a hundred interactive requests
 * a second, so commits keep a distance from each other: the first record of a burst is committed at
 * once, those that follow together. Where a thread is busy with batches, what a commit costs is
 * shared by more of them. Where brokers are slow, commits are rarer: they would only make them
 * slower.
 */
public final class PromptCommits {

  /**
   * The distance of a slow cluster's commits, at most; and Streams' own interval, for what asks for
   * none.
   */
  static final Duration LONGEST_DISTANCE = Duration.ofSeconds(1);

  private static final long DISTANCE_MILLIS = 10;

  /** How long a record of a batch waits for those that come with it. */
  private static final long COLLECTED_MILLIS = 20;

  /** Commits of batches keep this from the one before, as far as they were asked for here. */
  private static final long BATCH_DISTANCE_MILLIS = 100;

  /** And so many times as long as it took: nine tenths of a thread's time are left for batches. */
  private static final long TIMES_A_COMMIT = 9;

  /** So many records until a batch's commit would be due are a mass. */
  private static final long MASS = 50;

  private final ThreadLocal<OfThread> threads = ThreadLocal.withInitial(OfThread::new);
  private final long massDistanceMillis;

  /** What a stream thread's tasks have in common. */
  private static final class OfThread {
    private long lastAsked;
    private long processed;

    /** Counts, because two may be asked for within a millisecond. */
    private long asks;

    private long lastTookMillis;

    void asked(long now) {
      lastAsked = now;
      asks++;
    }

    long batchDistance(long least) {
      long ofSlow = Math.min(TIMES_A_COMMIT * lastTookMillis, LONGEST_DISTANCE.toMillis());
      return Math.max(least, ofSlow);
    }
  }

  /** The commits of one processor of one task. */
  public final class OfTask {
    private final ProcessorContext<?, ?> context;
    private Cancellable timer;
    private long timerDue;

    /** Whether the timer is for somebody who waits. */
    private boolean waitedFor;

    /** What the thread had processed when the timer was set. */
    private long processedBefore;

    /** What the thread had asked for when the last record was processed. */
    private long asksBefore;

    private OfTask(ProcessorContext<?, ?> context) {
      this.context = context;
    }

    /** Says that the record at hand was processed. */
    public void processed(ServiceClass serviceClass) {
      OfThread thread = threads.get();
      thread.processed++;
      asksBefore = thread.asks;
      if (timer != null && (waitedFor || serviceClass != ServiceClass.INTERACTIVE)) {
        return;
      }
      long now = context.currentSystemTimeMs();
      if (serviceClass != ServiceClass.INTERACTIVE) {
        processedBefore = thread.processed;
        long due =
            Math.max(
                now + COLLECTED_MILLIS,
                thread.lastAsked + thread.batchDistance(BATCH_DISTANCE_MILLIS));
        set(now, due, false);
      } else if (now >= thread.lastAsked + DISTANCE_MILLIS) {
        ask(now);
      } else {
        set(now, thread.lastAsked + DISTANCE_MILLIS, true);
      }
    }

    /** A timer that is set already gives way to one for somebody who waits. */
    private void set(long now, long due, boolean forOneWhoWaits) {
      waitedFor = forOneWhoWaits;
      if (timer != null) {
        if (timerDue <= due) {
          return;
        }
        timer.cancel();
      }
      timerDue = due;
      timer =
          context.schedule(
              Duration.ofMillis(due - now), PunctuationType.WALL_CLOCK_TIME, this::due);
    }

    private void due(long now) {
      timer.cancel();
      timer = null;
      OfThread thread = threads.get();
      if (thread.asks != asksBefore) {
        // Another task asked since the last record here, and a commit is of all tasks. One more
        // right behind it would have nothing to write but offsets, which the broker sends back for
        // as long as it still ends the transaction before.
        return;
      }
      boolean mass = thread.processed - processedBefore >= MASS;
      long distance =
          waitedFor
              ? DISTANCE_MILLIS
              : thread.batchDistance(mass ? massDistanceMillis : BATCH_DISTANCE_MILLIS);
      long due = thread.lastAsked + distance;
      if (now < due) {
        set(now, due, waitedFor);
      } else {
        ask(now);
      }
    }

    private void ask(long now) {
      threads.get().asked(now);
      context.commit();
    }
  }

  /**
   * @param massDistance how long a transaction of masses collects, above 0
   */
  public PromptCommits(Duration massDistance) {
    this.massDistanceMillis = massDistance.toMillis();
  }

  /** Says, in the thread that committed, how long that took. */
  void took(Duration commit) {
    threads.get().lastTookMillis = commit.toMillis();
  }

  public OfTask of(ProcessorContext<?, ?> context) {
    return new OfTask(context);
  }
}
