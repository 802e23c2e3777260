package io.dualtrack.local.batches;

import io.dualtrack.gateway.records.BatchIds;
import io.dualtrack.local.batches.BatchClient.Batch;
import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the topics say of batches: how each line ended and where, how often providers were called,
 * and what it cost. The gateway tells its callers none of it but the answers.
 */
final class RunRecords {

  private static final Logger LOG = LoggerFactory.getLogger(RunRecords.class);

  /** How long records are counted that are there already. */
  private static final Duration COUNTING = Duration.ofMinutes(5);

  private final KafkaAccess kafka;
  private final SchemaRegistry registry;
  private final Map<TopicPartition, Long> results;
  private final Map<TopicPartition, Long> completions;
  private final Map<TopicPartition, Long> ledger;

  private RunRecords(KafkaAccess kafka, SchemaRegistry registry) {
    this.kafka = kafka;
    this.registry = registry;
    this.results = ends(Topics.RESULTS);
    this.completions = ends(Topics.COMPLETIONS);
    this.ledger = ends(Topics.COST_LEDGER);
  }

  /** Those that are committed from now on. */
  static RunRecords fromNow(KafkaAccess kafka, SchemaRegistry registry) {
    return new RunRecords(kafka, registry);
  }

  private <V extends SpecificRecord> TopicScan<V> scan(Topic<V> topic) {
    return new TopicScan<>(kafka, registry, topic);
  }

  private Map<TopicPartition, Long> ends(Topic<?> topic) {
    try (TopicScan<?> scan = scan(topic)) {
      return scan.ends();
    }
  }

  /**
   * Adds up what came of batches that have ended.
   *
   * @param costPatience how long to wait for costs that are not there yet
   * @param say gets what the user should know
   */
  void read(
      Collection<Batch> batches, RunSummary summary, Duration costPatience, Consumer<String> say) {
    if (batches.isEmpty()) {
      return;
    }
    Outcomes outcomes = new Outcomes(batches, summary);
    try (TopicScan<InferenceResult> scan = scan(Topics.RESULTS).from(results)) {
      if (!scan.toEnd(COUNTING, outcomes::knows, (key, result) -> outcomes.take(result))) {
        say.accept("results were not counted to the end: it would take too long");
      }
      countCalls(outcomes, summary, say);
      if (outcomes.tenant != null) {
        try (TopicScan<LedgerEntry> rows = scan(Topics.COST_LEDGER).from(ledger)) {
          new LedgerTail(outcomes.seen.keySet(), summary)
              .read(rows, outcomes.tenant, summary.results(), Instant.now().plus(costPatience));
        }
      }
      // Every line has its result by now, so whatever else there is must not be there.
      scan.toEnd(COUNTING, outcomes::knows, (key, result) -> outcomes.take(result));
    }
    for (Batch batch : batches) {
      long unreleased = batch.total() - outcomes.seen.get(batch.id()).cardinality();
      if (batch.status().equals("expired") && unreleased > 0) {
        summary.expiredUnreleased(unreleased);
      }
    }
  }

  /** Others' completions too, of which one that nobody can read must not fail this run. */
  private void countCalls(Outcomes outcomes, RunSummary summary, Consumer<String> say) {
    try (TopicScan<Completion> scan =
        scan(Topics.COMPLETIONS).passingOverUnreadable().from(completions)) {
      boolean whole =
          scan.toEnd(
              COUNTING,
              key -> true,
              (key, completion) -> {
                if (completion != null && outcomes.knows(batchOf(completion.getRequestId()))) {
                  summary.completion(completion);
                }
              });
      if (!whole) {
        say.accept("provider calls were not counted to the end: it would take too long");
      }
    }
  }

  private static String batchOf(String requestId) {
    return requestId.substring(0, Math.max(0, requestId.lastIndexOf('-')));
  }

  /** The results of batches, of each line the first one. */
  private static final class Outcomes {
    private final RunSummary summary;
    private final Map<String, Long> totals = new HashMap<>();
    private final Map<String, BitSet> seen = new HashMap<>();

    /** Null before the first result. */
    private String tenant;

    Outcomes(Collection<Batch> batches, RunSummary summary) {
      this.summary = summary;
      for (Batch batch : batches) {
        totals.put(batch.id(), batch.total());
        seen.put(batch.id(), new BitSet());
      }
    }

    boolean knows(String batch) {
      return seen.containsKey(batch);
    }

    void take(InferenceResult result) {
      String batch = result.getReplyKey();
      long line = BatchIds.line(batch, result.getRequestId());
      if (line < 1 || line > totals.get(batch) || seen.get(batch).get((int) line)) {
        LOG.error("a result too many; batch={} requestId={}", batch, result.getRequestId());
        summary.duplicate();
        return;
      }
      seen.get(batch).set((int) line);
      tenant = result.getTenant();
      summary.result(result);
    }
  }
}
