package io.dualtrack.topology;

import io.dualtrack.schemas.ServiceClass;
import java.time.Duration;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;

/**
 * Has what somebody waits for committed at once, and what nobody waits for at the usual interval.
 *
 * <p>A commit is of all tasks of a thread, and takes some milliseconds in which the thread does
 * nothing else. Committing after each record would bound a thread to a hundred interactive requests
 * a second, so commits keep a distance from each other: the first record of a burst is committed at
 * once, those that follow together.
 */
public final class PromptCommits {

  private static final long DISTANCE_MILLIS = 10;

  private final ThreadLocal<OfThread> threads = ThreadLocal.withInitial(OfThread::new);

  /** What a stream thread's tasks have in common. */
  private static final class OfThread {
    private long lastAsked;

    /** Counts, because two may be asked for within a millisecond. */
    private long asks;

    void asked(long now) {
      lastAsked = now;
      asks++;
    }
  }

  /** The commits of one processor of one task. */
  public final class OfTask {
    private final ProcessorContext<?, ?> context;
    private Cancellable timer;
    private long asksBefore;

    private OfTask(ProcessorContext<?, ?> context) {
      this.context = context;
    }

    /** Says that the record at hand was processed. */
    public void processed(ServiceClass serviceClass) {
      if (serviceClass != ServiceClass.INTERACTIVE) {
        return;
      }
      OfThread thread = threads.get();
      if (timer != null) {
        return;
      }
      long now = context.currentSystemTimeMs();
      long due = thread.lastAsked + DISTANCE_MILLIS;
      if (now >= due) {
        ask(now);
      } else {
        asksBefore = thread.asks;
        timer =
            context.schedule(
                Duration.ofMillis(due - now), PunctuationType.WALL_CLOCK_TIME, this::due);
      }
    }

    private void due(long now) {
      timer.cancel();
      timer = null;
      if (threads.get().asks == asksBefore) {
        ask(now);
      }
      // Otherwise another task asked since then, and a commit is of all tasks. One more right
      // behind
      // it would have nothing to write but offsets, which the broker sends back for as long as it
      // still ends the transaction before.
    }

    private void ask(long now) {
      threads.get().asked(now);
      context.commit();
    }
  }

  public OfTask of(ProcessorContext<?, ?> context) {
    return new OfTask(context);
  }
}
