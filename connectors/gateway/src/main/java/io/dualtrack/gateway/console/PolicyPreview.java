package io.dualtrack.gateway.console;

import static io.dualtrack.gateway.console.Answers.JSON;
import static io.dualtrack.gateway.console.Answers.all;
import static io.dualtrack.gateway.console.Answers.texts;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.review.PolicyDiff.Change;
import io.dualtrack.review.PolicyDiff.Difference;
import io.dualtrack.review.PolicyDiff.Kind;
import io.dualtrack.review.PolicyDiff.Result;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Rule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What another policy would change, for people to read: requests that would fare alike together,
 * and the rules that make the difference. It only adds up what {@link
 * io.dualtrack.review.PolicyDiff} says.
 */
final class PolicyPreview {

  /** Groups of requests that are told, the largest. */
  static final int MOST_GROUPS = 200;

  private static final int EXAMPLES = 3;

  /** Requests that would fare alike. Lanes are null where nothing may answer. */
  private record Alike(
      Kind kind,
      String tenant,
      String model,
      List<String> jurisdictions,
      String before,
      Lane beforeLane,
      String after,
      Lane afterLane) {

    static Alike of(Change change) {
      return new Alike(
          change.kind(),
          change.decision().getTenant(),
          change.decision().getModel(),
          change.decision().getJurisdictions(),
          change.before(),
          change.beforeLane(),
          change.after(),
          change.afterLane());
    }
  }

  /** How many they are, which for example, and why. */
  private static final class Group {
    private final Set<String> why = new TreeSet<>();
    private final List<String> examples = new ArrayList<>();
    private long requests;

    void add(Change change) {
      requests++;
      why.addAll(change.codes());
      if (examples.size() < EXAMPLES) {
        examples.add(change.decision().getRequestId());
      }
    }
  }

  /** What a rule does or did, wherever. */
  private record Cause(boolean isNew, String code, String rule) {}

  private final PolicyBundle inForce;
  private final PolicyBundle proposed;
  private final Map<Kind, Long> kinds = new EnumMap<>(Kind.class);
  private final Map<Alike, Group> groups = new HashMap<>();
  private final Map<Cause, Long> causes = new HashMap<>();

  PolicyPreview(PolicyBundle inForce, PolicyBundle proposed) {
    this.inForce = inForce;
    this.proposed = proposed;
  }

  ObjectNode write(Result result) {
    result.changes().forEach(this::add);
    ObjectNode body = JSON.createObjectNode();
    body.set("proposed", write(proposed));
    body.set(
        "in_force", write(inForce).put("published_at", inForce.getPublishedAt().toEpochMilli()));
    body.put("decided", result.decided());
    body.put("inexact", result.inexact());
    body.put("changed", result.changes().size());
    ObjectNode counts = body.putObject("kinds");
    kinds.forEach((kind, count) -> counts.put(kind.name(), count));
    body.set("rules", all(largest(causes), each -> write(each.getKey(), each.getValue())));
    List<Map.Entry<Alike, Group>> sorted =
        groups.entrySet().stream()
            .sorted(
                Comparator.comparingLong(
                        (Map.Entry<Alike, Group> each) -> -each.getValue().requests)
                    .thenComparing(each -> each.getKey().toString()))
            .toList();
    int shown = Math.min(MOST_GROUPS, sorted.size());
    body.set(
        "groups", all(sorted.subList(0, shown), each -> write(each.getKey(), each.getValue())));
    body.put("groups_left_out", sorted.size() - shown);
    return body;
  }

  private void add(Change change) {
    kinds.merge(change.kind(), 1L, Long::sum);
    groups.computeIfAbsent(Alike.of(change), missing -> new Group()).add(change);
    // Once a request, against however many offerings.
    Set<Cause> ofRequest = new HashSet<>();
    for (Difference each : change.differences()) {
      ofRequest.add(new Cause(each.isNew(), each.code(), each.rule()));
    }
    ofRequest.forEach(each -> causes.merge(each, 1L, Long::sum));
  }

  private static Collection<Map.Entry<Cause, Long>> largest(Map<Cause, Long> causes) {
    return causes.entrySet().stream()
        .sorted(
            Map.Entry.<Cause, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(each -> each.getKey().toString()))
        .toList();
  }

  private static ObjectNode write(PolicyBundle policy) {
    return JSON.createObjectNode()
        .put("id", policy.getId())
        .put("version", policy.getVersion())
        .put("rules", policy.getRules().size());
  }

  /** With what the policy that has the rule says of it; nothing of what is built in. */
  private ObjectNode write(Cause cause, long requests) {
    ObjectNode node = JSON.createObjectNode();
    node.put("new", cause.isNew());
    node.put("code", cause.code());
    node.put("rule", cause.rule());
    node.put("requests", requests);
    Optional<Rule> rule =
        (cause.isNew() ? proposed : inForce)
            .getRules().stream().filter(each -> each.getId().equals(cause.rule())).findFirst();
    rule.ifPresent(
        it ->
            node.put("reason", it.getReason())
                .put("source", it.getSource())
                .put("confidence", it.getConfidence().name())
                .put("owner", it.getOwner()));
    return node;
  }

  private static ObjectNode write(Alike alike, Group group) {
    ObjectNode node = JSON.createObjectNode();
    node.put("kind", alike.kind().name());
    node.put("tenant", alike.tenant());
    node.put("model", alike.model());
    node.set("jurisdictions", texts(alike.jurisdictions()));
    node.put("before", alike.before());
    node.put("before_lane", alike.beforeLane() == null ? null : alike.beforeLane().name());
    node.put("after", alike.after());
    node.put("after_lane", alike.afterLane() == null ? null : alike.afterLane().name());
    node.set("why", texts(group.why));
    node.put("requests", group.requests);
    node.set("examples", texts(group.examples));
    return node;
  }
}
