package io.dualtrack.local.readiness;

import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.RedTeamResult;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Everything that is known of moving an offering's requests to another.
 *
 * @param tolerance share of a task's requests that may be worse
 * @param tasks as measured; tasks that were not have no row
 * @param cost of the first offering's recorded usage
 * @param costThere the same tokens at the other's prices
 * @param unpriced tokens that have no price on one side
 * @param capacity empty where it is not known
 * @param breaks what is asked for that the second offering declares it cannot do
 * @param redTeam how the second offering, as it is now, stood up to probes; empty where it was not
 *     tried
 */
public record Readiness(
    Instant since,
    Instant now,
    Offering from,
    Offering to,
    double tolerance,
    Movable movable,
    List<TaskQuality> tasks,
    BigDecimal cost,
    BigDecimal costThere,
    long unpriced,
    Traffic traffic,
    Optional<Capacity> capacity,
    Breaks breaks,
    List<RedTeamResult> redTeam) {

  public Readiness {
    tasks = List.copyOf(tasks);
    redTeam = List.copyOf(redTeam);
  }

  /** Tenants with requests to be moved of which no copy was made. */
  public List<String> notMeasured() {
    TreeSet<String> tenants = new TreeSet<>(movable.tenants().keySet());
    tasks.forEach(task -> tenants.remove(task.tenant()));
    return List.copyOf(tenants);
  }

  /** Why copies were not answered, over all tasks. */
  public Map<String, Long> failures() {
    Map<String, Long> sums = new TreeMap<>();
    tasks.forEach(
        task -> task.failures().forEach((code, count) -> sums.merge(code, count, Long::sum)));
    return sums;
  }

  /** Milliseconds of one call of the second offering on average, as measured by copies. */
  public static Optional<Double> meanMillis(List<TaskQuality> tasks) {
    long pairs = tasks.stream().mapToLong(task -> task.counts().getPricedPairs()).sum();
    long millis = tasks.stream().mapToLong(task -> task.counts().getToMillis()).sum();
    return pairs == 0 || millis == 0 ? Optional.empty() : Optional.of((double) millis / pairs);
  }

  /** Output tokens of one call of the second offering in a second, as measured by copies. */
  public Optional<Double> tokensPerSecond() {
    long tokens = tasks.stream().mapToLong(task -> task.counts().getToUsage().getOutput()).sum();
    long millis = tasks.stream().mapToLong(task -> task.counts().getToMillis()).sum();
    return millis == 0 ? Optional.empty() : Optional.of(1000.0 * tokens / millis);
  }

  private List<String> whatBreaks() {
    List<String> found = new ArrayList<>();
    if (breaks.refused() > 0) {
      found.add(
          "%,d of %,d requests ask for what it refuses: %s"
              .formatted(
                  breaks.refused(),
                  breaks.lookedAt(),
                  String.join(", ", new TreeSet<>(breaks.parameters().keySet()))));
    }
    if (breaks.lookedAt() < breaks.requests()) {
      found.add(
          "what %,d requests ask for is not known"
              .formatted(breaks.requests() - breaks.lookedAt()));
    }
    if (breaks.longerAnswers().orElse(0L) > 0) {
      found.add("%,d answers were longer than its can be".formatted(breaks.longerAnswers().get()));
    }
    if (breaks.beyondContext().orElse(0L) > 0) {
      found.add("%,d requests do not fit into its context".formatted(breaks.beyondContext().get()));
    }
    if (breaks.beyondContextAsAsked().orElse(0L) > 0) {
      found.add(
          "%,d requests permit an answer that does not fit into its context"
              .formatted(breaks.beyondContextAsAsked().get()));
    }
    if (to.getContextTokens() == null) {
      found.add("how long prompt and answer may be there is not declared");
    }
    if (to.getMaxOutputTokens() == null) {
      found.add("how long an answer may be there is not declared");
    }
    return found;
  }

  /** What stands in the way, in words; empty where nothing that is known does. */
  public List<String> obstacles() {
    List<String> obstacles = new ArrayList<>();
    if (movable.requests() == 0) {
      obstacles.add("no request went to " + from.getId() + ", so nothing is known");
    }
    long bound = movable.requests() - movable.movable();
    if (bound > 0) {
      obstacles.add("%,d of %,d requests may not move".formatted(bound, movable.requests()));
    }
    tasks.stream()
        .filter(task -> task.verdict() != TaskQuality.Verdict.HOLDS)
        .forEach(
            task ->
                obstacles.add(
                    "%s of %s: %s"
                        .formatted(
                            task.task(),
                            task.tenant(),
                            task.verdict() == TaskQuality.Verdict.LOSES
                                ? "quality is lost"
                                : "whether quality is lost is undecided")));
    if (!notMeasured().isEmpty()) {
      obstacles.add("quality is not measured for " + String.join(", ", notMeasured()));
    }
    if (capacity.isEmpty()) {
      obstacles.add("the capacity of " + to.getId() + " is neither stated nor measured");
    } else if (!capacity.get().carries()) {
      obstacles.add("up to %,d requests would wait".formatted(capacity.get().mostWaiting()));
    }
    if (unpriced > 0) {
      obstacles.add("%,d tokens have no price on one side".formatted(unpriced));
    }
    obstacles.addAll(whatBreaks());
    return obstacles;
  }
}
