package io.dualtrack.local.drill;

import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads decisions, completions and exchanges along, from where they ended when it was opened, on a
 * thread of its own: a command that is told to stop loses no record by it.
 */
final class DrillWatch implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(50);

  private final TopicScan<RoutingDecision> decisions;
  private final TopicScan<Completion> completions;
  private final TopicScan<Exchange> exchanges;
  private final Thread thread = new Thread(this::follow, "drill watch");
  private DrillFigures figures;
  private volatile boolean closing;
  private volatile boolean isAskedForEnd;
  private volatile boolean hasReadEnd;
  private volatile RuntimeException failure;

  DrillWatch(KafkaAccess kafka, SchemaRegistry registry) {
    decisions = new TopicScan<>(kafka, registry, Topics.AUDIT);
    completions = new TopicScan<>(kafka, registry, Topics.COMPLETIONS);
    exchanges = new TopicScan<>(kafka, registry, Topics.EXCHANGES);
    decisions.from(decisions.ends());
    completions.passingOverUnreadable().from(completions.ends());
    exchanges.passingOverUnreadable().from(exchanges.ends());
    thread.setDaemon(true);
  }

  /** Takes everything that was written since this was opened, and what is written from now on. */
  void start(DrillFigures into) {
    figures = into;
    thread.start();
  }

  private void follow() {
    Map<TopicPartition, Long> end = null;
    try {
      while (!closing) {
        if (isAskedForEnd && end == null) {
          end = decisions.writtenEnds();
        }
        decisions.poll(POLL, key -> true, (key, each) -> figures.decision(each));
        completions.poll(POLL, key -> true, (key, each) -> figures.completion(each));
        exchanges.poll(POLL, key -> true, (key, each) -> figures.exchange(each));
        hasReadEnd = hasReadEnd || end != null && decisions.hasReached(end);
      }
    } catch (RuntimeException e) {
      failure = e;
    } finally {
      decisions.close();
      completions.close();
      exchanges.close();
    }
  }

  /** From now on {@link #hasReadEnd} tells of the decisions that are written by now. */
  void askForEnd() {
    isAskedForEnd = true;
  }

  /** Whether all of these were committed, or given up, and the committed ones read. */
  boolean hasReadEnd() {
    return hasReadEnd;
  }

  /**
   * @throws RuntimeException what ended the reading, if something did
   */
  void check() {
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void close() {
    closing = true;
    if (figures == null) {
      decisions.close();
      completions.close();
      exchanges.close();
    }
  }
}
