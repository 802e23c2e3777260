package io.dualtrack.inference.intake;

import io.dualtrack.inference.flow.Work;
import io.dualtrack.inference.tracking.CompletionTracker;
import io.dualtrack.inference.tracking.Mark;
import io.dualtrack.schemas.ServiceClass;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** One partition of orders for as long as this process has it. Belongs to the poll thread. */
final class Held {

  final TopicPartition partition;
  final ServiceClass serviceClass;
  final CompletionTracker tracker;

  /**
   * Polled and not handed out, in the log's order. While there are any, the partition is paused.
   */
  final Deque<ConsumerRecord<String, byte[]>> waiting = new ArrayDeque<>();

  /** Handed out and not finished, by offset. */
  final Map<Long, Work> out = new HashMap<>();

  /** What is committed; null before the first commit. */
  Mark mark;

  /** Not to be decoded before this, because the registry was away. */
  Instant retryAt = Instant.MIN;

  Held(TopicPartition partition, ServiceClass serviceClass, CompletionTracker tracker) {
    this.partition = partition;
    this.serviceClass = serviceClass;
    this.tracker = tracker;
  }

  /** Whether a commit would let more orders out. */
  boolean awaitsCommit() {
    return mark == null
        || (!waiting.isEmpty() && tracker.awaitsCommit(waiting.peekFirst().offset()));
  }
}
