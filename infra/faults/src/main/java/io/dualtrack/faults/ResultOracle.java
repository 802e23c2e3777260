package io.dualtrack.faults;

import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Says whether every request of batches has exactly one result, from what the topics hold and
 * nothing else: committed records, read after the event.
 */
public final class ResultOracle {

  /**
   * What the topics hold of batches.
   *
   * @param requests how many requests were released
   * @param results how many results there are
   * @param missing requests without a result
   * @param doubled requests with more than one
   * @param unasked results of requests that were never released
   */
  public record Verdict(
      long requests, long results, Set<String> missing, Set<String> doubled, Set<String> unasked) {

    public boolean exactlyOneResultEach() {
      return missing.isEmpty() && doubled.isEmpty() && unasked.isEmpty();
    }
  }

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private ResultOracle() {}

  /**
   * @param batches reply keys of the batches
   */
  public static Verdict judge(
      KafkaAccess kafka, SchemaRegistry registry, Collection<String> batches) {
    Set<String> released = new HashSet<>();
    try (TopicScan<InferenceRequest> requests = new TopicScan<>(kafka, registry, Topics.REQUESTS)) {
      requests
          .fromBeginning()
          .toEnd(
              PATIENCE,
              key -> true,
              (key, request) -> {
                if (batches.contains(request.getReplyKey())) {
                  released.add(request.getRequestId());
                }
              });
    }
    Map<String, Integer> results = new HashMap<>();
    try (TopicScan<InferenceResult> scan = new TopicScan<>(kafka, registry, Topics.RESULTS)) {
      scan.fromBeginning()
          .toEnd(
              PATIENCE,
              batches::contains,
              (key, result) -> results.merge(result.getRequestId(), 1, Integer::sum));
    }
    return judge(released, results);
  }

  static Verdict judge(Set<String> released, Map<String, Integer> results) {
    Set<String> missing = new TreeSet<>(released);
    missing.removeAll(results.keySet());
    Set<String> unasked = new TreeSet<>(results.keySet());
    unasked.removeAll(released);
    Set<String> doubled = new TreeSet<>();
    results.forEach(
        (request, times) -> {
          if (times > 1) {
            doubled.add(request);
          }
        });
    return new Verdict(
        released.size(),
        results.values().stream().mapToLong(Integer::longValue).sum(),
        missing,
        doubled,
        unasked);
  }
}
