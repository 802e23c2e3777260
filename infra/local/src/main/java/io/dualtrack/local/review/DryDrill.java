package io.dualtrack.local.review;

import io.dualtrack.policy.Decider;
import io.dualtrack.policy.Decision;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.review.ControlHistory;
import io.dualtrack.review.RecordedRequests;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.Suspension;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * What pulling the kill switch now would do to requests like those that were recorded: each is
 * decided twice under the records of now, once as they are and once with the switch pulled. Nothing
 * is suspended by it.
 */
public final class DryDrill {

  /**
   * What becomes of equal requests.
   *
   * @param from offering that they go to now
   * @param to offering that they would go to; empty where they would be refused
   * @param codes why they would be refused; empty where they would not
   */
  public record Fate(String tenant, String model, String from, String to, List<String> codes) {

    public boolean refused() {
      return to.isEmpty();
    }
  }

  /**
   * What an offering would have to bear, by the minute in which requests were decided.
   *
   * @param moved requests that would come to it
   * @param peak most requests in one minute, with those that it has already
   * @param quota requests per minute of the offering; null where none is stated
   * @param waiting most requests that would wait for the quota at the end of a minute
   * @param drainMinutes from the last request until nothing waits
   */
  public record Load(
      String offering, long moved, long peak, Long quota, long waiting, long drainMinutes) {}

  /**
   * @param decided requests that were decided again
   * @param refusedAlready requests that the records of now refuse with or without the switch
   * @param fates requests that would fare otherwise, and how many of each
   * @param movedTo ids of the moved requests by the offering that they would go to
   */
  public record Result(
      long decided,
      long refusedAlready,
      Map<Fate, Long> fates,
      Map<String, Set<String>> movedTo,
      List<Load> loads) {

    public long moved() {
      return movedTo.values().stream().mapToLong(Set::size).sum();
    }

    public long refused() {
      return fates.entrySet().stream()
          .filter(each -> each.getKey().refused())
          .mapToLong(Map.Entry::getValue)
          .sum();
    }
  }

  private static final Comparator<Fate> BY_NAME =
      Comparator.comparing(Fate::tenant)
          .thenComparing(Fate::model)
          .thenComparing(Fate::from)
          .thenComparing(Fate::to)
          .thenComparing(fate -> String.join(",", fate.codes()));

  private final ControlState pulled;
  private final Decider before;
  private final Decider after;
  private final Instant now;
  private final Map<Fate, Long> fates = new TreeMap<>(BY_NAME);
  private final Map<String, Set<String>> movedTo = new TreeMap<>();
  private final Map<String, Map<Long, Long>> minutes = new HashMap<>();
  private long refusedAlready;

  /**
   * @param rules the policy in force
   * @param suspension the switch that is pulled
   */
  public DryDrill(ControlHistory history, PolicyBundle rules, Suspension suspension, Instant now) {
    this.pulled = history.stateNow(now, rules, List.of(suspension));
    this.before = new Decider(history.stateNow(now, rules, List.of()));
    this.after = new Decider(pulled);
    this.now = now;
  }

  public Result of(Collection<RoutingDecision> decisions) {
    decisions.forEach(this::add);
    return new Result(
        decisions.size(),
        refusedAlready,
        fates,
        movedTo,
        movedTo.keySet().stream().map(this::load).toList());
  }

  private void add(RoutingDecision recorded) {
    RequestProfile profile = RecordedRequests.profile(recorded);
    Decision as = before.decide(profile, now).decision();
    if (!(as instanceof Decision.Permitted open)) {
      refusedAlready++;
      return;
    }
    String from = open.permitted().get(0);
    Decision then = after.decide(profile, now).decision();
    if (then instanceof Decision.Refused refused) {
      count(recorded, from, "", codes(refused));
      return;
    }
    String to = ((Decision.Permitted) then).permitted().get(0);
    minutes
        .computeIfAbsent(to, offering -> new TreeMap<>())
        .merge(recorded.getDecidedAt().getEpochSecond() / 60, 1L, Long::sum);
    if (!to.equals(from)) {
      count(recorded, from, to, List.of());
      movedTo.computeIfAbsent(to, offering -> new HashSet<>()).add(recorded.getRequestId());
    }
  }

  private void count(RoutingDecision recorded, String from, String to, List<String> codes) {
    Fate fate = new Fate(recorded.getTenant(), recorded.getModel(), from, to, codes);
    fates.merge(fate, 1L, Long::sum);
  }

  private static List<String> codes(Decision.Refused refused) {
    return refused.reasons().stream().map(Reason::getCode).distinct().sorted().toList();
  }

  /** A queue that gets each minute's requests and lets the quota's number of them out. */
  private Load load(String offering) {
    Map<Long, Long> arrivals = minutes.get(offering);
    Long quota =
        pulled.snapshot().offering(offering).map(Offering::getRequestsPerMinute).orElse(null);
    long peak = arrivals.values().stream().mapToLong(Long::longValue).max().orElse(0);
    long waiting = 0;
    long most = 0;
    if (quota != null) {
      long first = arrivals.keySet().iterator().next();
      long last = first;
      for (long minute : arrivals.keySet()) {
        last = minute;
      }
      for (long minute : LongStream.rangeClosed(first, last).toArray()) {
        waiting = Math.max(0, waiting + arrivals.getOrDefault(minute, 0L) - quota);
        most = Math.max(most, waiting);
      }
    }
    long drain = quota == null ? 0 : (waiting + quota - 1) / quota;
    return new Load(offering, movedTo.get(offering).size(), peak, quota, most, drain);
  }
}
