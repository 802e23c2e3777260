package io.dualtrack.review;

import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/** Requests as the audit trail remembers them, to be decided again. */
public final class RecordedRequests {

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private RecordedRequests() {}

  /**
   * The first decisions on the latest requests, oldest first, without their candidates.
   *
   * @param since nothing that was decided before
   * @param most how many
   * @throws TimeoutException if the trail cannot be read within ten minutes
   */
  public static List<RoutingDecision> latest(
      KafkaAccess kafka, SchemaRegistry registry, Instant since, int most) {
    try (TopicScan<RoutingDecision> scan = new TopicScan<>(kafka, registry, Topics.AUDIT)) {
      return latest(scan.fromTime(since), PATIENCE, since, most);
    }
  }

  /**
   * The same, where it is known which part of the trail has them.
   *
   * @param places where to begin in the partitions that have any
   * @param patience how long that may take
   * @throws TimeoutException if it takes longer
   */
  public static List<RoutingDecision> latest(
      KafkaAccess kafka,
      SchemaRegistry registry,
      Map<TopicPartition, Long> places,
      Duration patience,
      int most) {
    if (places.isEmpty()) {
      return List.of();
    }
    try (TopicScan<RoutingDecision> scan = new TopicScan<>(kafka, registry, Topics.AUDIT)) {
      return latest(scan.from(places), patience, Instant.EPOCH, most);
    }
  }

  private static List<RoutingDecision> latest(
      TopicScan<RoutingDecision> scan, Duration patience, Instant since, int most) {
    Comparator<RoutingDecision> byTime = Comparator.comparing(RoutingDecision::getDecidedAt);
    PriorityQueue<RoutingDecision> latest = new PriorityQueue<>(byTime);
    boolean whole =
        scan.toEnd(
            patience,
            key -> true,
            (key, decision) -> {
              if (decision.getAttempt() == 1 && !decision.getDecidedAt().isBefore(since)) {
                // What was judged then is most of a record, and is judged again.
                decision.setCandidates(List.of());
                latest.add(decision);
                if (latest.size() > most) {
                  latest.remove();
                }
              }
            });
    if (!whole) {
      throw new TimeoutException("the audit trail could not be read in time");
    }
    return latest.stream().sorted(byTime).toList();
  }

  /** What a decision needs to know of its request, from what it recorded. */
  public static RequestProfile profile(RoutingDecision decision) {
    return RequestProfile.of(
        RequestFacts.newBuilder()
            .setRequestId(decision.getRequestId())
            .setTenant(decision.getTenant())
            .setAccount(decision.getAccount())
            .setReplyKey("")
            .setModel(decision.getModel())
            .setServiceClass(ServiceClass.BATCH)
            .setEndpoint("")
            .setInputHash(decision.getInputHash())
            .setAttributes(decision.getAttributes())
            .setJurisdictions(decision.getJurisdictions())
            .setSubmittedAt(decision.getDecidedAt())
            .setDeadline(decision.getDecidedAt())
            .setRelations(Relations.newBuilder().build())
            .build());
  }
}
