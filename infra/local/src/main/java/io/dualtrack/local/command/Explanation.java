package io.dualtrack.local.command;

import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.policy.jurisdiction.AttributeNames;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import io.dualtrack.topology.audit.SubjectKeys;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;

/** Everything that the topics hold about one request. */
final class Explanation {

  /** How long one topic is searched at most. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Clocks of the processes may differ a little. */
  private static final Duration CLOCK_DIFFERENCE = Duration.ofMinutes(1);

  private static final List<Topic<DispatchOrder>> ORDERS =
      List.of(
          Topics.ORDERS_API_INTERACTIVE,
          Topics.ORDERS_API_BATCH,
          Topics.ORDERS_LOCAL_INTERACTIVE,
          Topics.ORDERS_LOCAL_BATCH);

  private static final String ERASED = "(erased)";

  private final StackClient stack;
  private final KafkaAccess kafka;
  private final SchemaRegistry registry;
  private final String requestId;
  private final List<RoutingDecision> decisions = new ArrayList<>();
  private final List<DispatchOrder> orders = new ArrayList<>();
  private final List<Completion> completions = new ArrayList<>();
  private final List<InferenceResult> results = new ArrayList<>();
  private final List<LedgerEntry> costs = new ArrayList<>();
  private final List<String> unfinished = new ArrayList<>();

  private Explanation(StackClient stack, String requestId) {
    this.stack = stack;
    this.kafka = stack.kafka();
    this.registry = stack.registry();
    this.requestId = requestId;
  }

  /**
   * Looks a request up. The audit trail is kept by request id; the other topics are searched from
   * the first decision on, because their keys are not known here.
   *
   * @return nothing where the audit trail does not know the request
   */
  static Optional<Explanation> find(StackClient stack, String requestId) {
    Explanation found = new Explanation(stack, requestId);
    found.readDecisions();
    if (found.decisions.isEmpty()) {
      return Optional.empty();
    }
    Instant since = found.decisions.get(0).getDecidedAt().minus(CLOCK_DIFFERENCE);
    String tenant = found.decisions.get(0).getTenant();
    for (Topic<DispatchOrder> topic : ORDERS) {
      found.read(
          topic, since, key -> true, each -> each.getRequestId().equals(requestId), found.orders);
    }
    found.read(
        Topics.COMPLETIONS,
        since,
        key -> true,
        each -> each.getRequestId().equals(requestId),
        found.completions);
    found.read(
        Topics.RESULTS,
        since,
        requestId::startsWith,
        each -> each.getRequestId().equals(requestId),
        found.results);
    found.read(
        Topics.COST_LEDGER,
        since,
        tenant::equals,
        each -> each.getRequestId().equals(requestId),
        found.costs);
    found.orders.sort(Comparator.comparingInt(DispatchOrder::getAttempt));
    found.completions.sort(Comparator.comparing(Completion::getFinishedAt));
    return Optional.of(found);
  }

  private void readDecisions() {
    try (TopicScan<RoutingDecision> scan = new TopicScan<>(kafka, registry, Topics.AUDIT)) {
      boolean whole =
          scan.fromBeginning()
              .onlyPartitionOf(requestId)
              .toEnd(LIMIT, requestId::equals, (key, decision) -> decisions.add(decision));
      if (!whole) {
        unfinished.add(Topics.AUDIT.name());
      }
    }
    decisions.sort(Comparator.comparingInt(RoutingDecision::getAttempt));
    decisions.forEach(each -> each.setAccount(stack.account(each).orElse(ERASED)));
    decisions.forEach(each -> each.setAttributes(revealed(each)));
  }

  private List<Attribute> revealed(RoutingDecision decision) {
    SubjectKeys subjects = stack.subjects();
    return decision.getAttributes().stream()
        .map(
            each ->
                each.getName().equals(AttributeNames.EAR_US_PERSON_EVIDENCE)
                    ? new Attribute(
                        each.getName(),
                        each.getValues().stream()
                            .map(value -> subjects.reveal(decision.getTenant(), value))
                            .map(value -> value.orElse(ERASED))
                            .toList(),
                        each.getSource())
                    : each)
        .toList();
  }

  private <V extends SpecificRecord> void read(
      Topic<V> topic, Instant since, Predicate<String> keys, Predicate<V> wanted, List<V> into) {
    try (TopicScan<V> scan = new TopicScan<>(kafka, registry, topic)) {
      boolean whole =
          scan.fromTime(since)
              .toEnd(
                  LIMIT,
                  keys,
                  (key, value) -> {
                    if (value != null && wanted.test(value)) {
                      into.add(value);
                    }
                  });
      if (!whole) {
        unfinished.add(topic.name());
      }
    }
  }

  String requestId() {
    return requestId;
  }

  /** By attempt; never empty. */
  List<RoutingDecision> decisions() {
    return decisions;
  }

  /** Empty where the request was refused, joined another's call, or was answered from the cache. */
  List<DispatchOrder> orders() {
    return orders;
  }

  List<Completion> completions() {
    return completions;
  }

  /** One, or none where the request is still on its way. */
  List<InferenceResult> results() {
    return results;
  }

  List<LedgerEntry> costs() {
    return costs;
  }

  /** Topics that could not be searched to their end in time. */
  List<String> unfinished() {
    return unfinished;
  }
}
