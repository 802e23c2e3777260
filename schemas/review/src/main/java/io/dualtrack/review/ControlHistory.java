package io.dualtrack.review;

import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.schemas.ControlChange;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.VolumeState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Every change of tenants, offerings, policies and suspensions, so that a past day's records can be
 * had again.
 */
public final class ControlHistory {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private record Change(String key, ControlChange change) {}

  private final List<Change> changes = new ArrayList<>();
  private final List<VolumeState> volumes = new ArrayList<>();

  /** One without any change, for tests. */
  public ControlHistory() {}

  /**
   * Reads the whole history.
   *
   * @throws TimeoutException if that takes longer than two minutes
   */
  public static ControlHistory read(KafkaAccess kafka, SchemaRegistry registry) {
    return read(kafka, registry, PATIENCE);
  }

  /**
   * Reads the whole history.
   *
   * @param patience for changes, and once more for counters
   * @throws TimeoutException if either takes longer
   */
  public static ControlHistory read(KafkaAccess kafka, SchemaRegistry registry, Duration patience) {
    ControlHistory history = new ControlHistory();
    try (TopicScan<ControlChange> scan = new TopicScan<>(kafka, registry, Topics.CONTROL_HISTORY)) {
      require(scan.fromBeginning().toEnd(patience, key -> true, history::add), patience);
    }
    // Of a counter only the last change is kept; it counts from its own time on.
    Map<String, VolumeState> latest = new TreeMap<>();
    try (TopicScan<VolumeState> scan = new TopicScan<>(kafka, registry, Topics.VOLUMES)) {
      require(scan.fromBeginning().toEnd(patience, key -> true, latest::put), patience);
    }
    latest.values().stream().filter(Objects::nonNull).forEach(history.volumes::add);
    return history;
  }

  private static void require(boolean whole, Duration patience) {
    if (!whole) {
      throw new TimeoutException(
          "the history of the control records could not be read within %d s"
              .formatted(patience.toSeconds()));
    }
  }

  /** Goes on with the next change. Nobody here asks after prices, exemptions and moves. */
  public void add(String key, ControlChange change) {
    Object record = change.getRecord();
    if (isOfCatalogue(change) || record instanceof PolicyBundle || record instanceof Suspension) {
      changes.add(new Change(key, change));
    }
  }

  /** The bundle of a version; the one published last where there are several. */
  public Optional<PolicyBundle> policy(String version) {
    return records(PolicyBundle.class, change -> true).stream()
        .filter(bundle -> bundle.getVersion().equals(version))
        .reduce((earlier, later) -> later);
  }

  /** Every command on the kill switch within a time, in its order. */
  public List<Suspension> commands(Instant from, Instant to) {
    return records(
        Suspension.class, change -> !change.getAt().isBefore(from) && change.getAt().isBefore(to));
  }

  /** Every policy that was published within a time, in its order. */
  public List<PolicyBundle> policies(Instant from, Instant to) {
    return records(
        PolicyBundle.class,
        change -> !change.getAt().isBefore(from) && change.getAt().isBefore(to));
  }

  /** The policy that was published last; empty where none ever was. */
  public Optional<PolicyBundle> lastPolicy() {
    return records(PolicyBundle.class, change -> true).stream().reduce((earlier, later) -> later);
  }

  /** The last command on each thing before a time. */
  public Collection<Suspension> inForce(Instant at) {
    return latest(Suspension.class, change -> change.getAt().isBefore(at));
  }

  /** Number of the changes of tenants and offerings up to a time: equal numbers, equal records. */
  int catalogueAt(Instant at) {
    int count = 0;
    for (Change each : changes) {
      if (isOfCatalogue(each.change()) && !each.change().getAt().isAfter(at)) {
        count++;
      }
    }
    return count;
  }

  /**
   * The records that a decision was made under, but for its rules.
   *
   * @param at when it was decided
   * @param epoch highest suspension epoch that it knew of
   */
  ControlState stateAt(Instant at, long epoch, PolicyBundle rules) {
    return ControlState.holding(
        latest(Tenant.class, change -> !change.getAt().isAfter(at)),
        latest(Offering.class, change -> !change.getAt().isAfter(at)),
        List.of(rules),
        latest(Suspension.class, change -> ((Suspension) change.getRecord()).getEpoch() <= epoch),
        volumes.stream().filter(each -> !each.getAt().isAfter(at)).toList());
  }

  /**
   * The records of a time, with commands beside those that are in force.
   *
   * @param more take the place of commands on the same things
   */
  public ControlState stateNow(Instant now, PolicyBundle rules, Collection<Suspension> more) {
    List<Suspension> suspensions =
        new ArrayList<>(latest(Suspension.class, change -> !change.getAt().isAfter(now)));
    suspensions.addAll(more);
    return ControlState.holding(
        latest(Tenant.class, change -> !change.getAt().isAfter(now)),
        latest(Offering.class, change -> !change.getAt().isAfter(now)),
        List.of(rules),
        suspensions,
        volumes);
  }

  private static boolean isOfCatalogue(ControlChange change) {
    return change.getRecord() instanceof Tenant || change.getRecord() instanceof Offering;
  }

  private <V> List<V> records(Class<V> type, Predicate<ControlChange> wanted) {
    return changes.stream()
        .map(Change::change)
        .filter(change -> type.isInstance(change.getRecord()))
        .filter(wanted)
        .map(change -> type.cast(change.getRecord()))
        .toList();
  }

  private <V> Collection<V> latest(Class<V> type, Predicate<ControlChange> wanted) {
    Map<String, V> latest = new TreeMap<>();
    for (Change each : changes) {
      if (type.isInstance(each.change().getRecord()) && wanted.test(each.change())) {
        latest.put(each.key(), type.cast(each.change().getRecord()));
      }
    }
    return latest.values();
  }
}
