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

  private static final Duration DISTANCE = Duration.ofMillis(10);

  /** When each stream thread's last commit was asked for. */
  private final ThreadLocal<Long> lastAsked = ThreadLocal.withInitial(() -> 0L);

  /** The commits of one processor of one task. */
  public final class OfTask {
    private final ProcessorContext<?, ?> context;
    private Cancellable timer;

    private OfTask(ProcessorContext<?, ?> context) {
      this.context = context;
    }

    /** Says that the record at hand was processed. */
    public void processed(ServiceClass serviceClass) {
      if (serviceClass != ServiceClass.INTERACTIVE || timer != null) {
        return;
      }
      long now = context.currentSystemTimeMs();
      if (now - lastAsked.get() >= DISTANCE.toMillis()) {
        ask(now);
      } else {
        timer = context.schedule(DISTANCE, PunctuationType.WALL_CLOCK_TIME, this::due);
      }
    }

    private void due(long now) {
      timer.cancel();
      timer = null;
      ask(now);
    }

    private void ask(long now) {
      lastAsked.set(now);
      context.commit();
    }
  }

  public OfTask of(ProcessorContext<?, ?> context) {
    return new OfTask(context);
  }
}
