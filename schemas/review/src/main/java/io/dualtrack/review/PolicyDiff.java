package io.dualtrack.review;

import io.dualtrack.policy.Decider;
import io.dualtrack.policy.Decision;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Obligation;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What other rules would have made of requests that were decided: each is decided again from the
 * attributes that the audit trail recorded, under the tenants, offerings and suspensions of its own
 * day, once by the old and once by the new rules.
 */
public final class PolicyDiff {

  /** Of requests in the order of their time, a day's records are rarely needed once more. */
  private static final int DAYS = 4;

  /** How a request would fare otherwise. */
  public enum Kind {
    REFUSED_NOW,
    PERMITTED_NOW,
    ROUTED_ELSEWHERE,
    OTHER_CHOICE,
    OTHER_DUTIES
  }

  /**
   * A reason against an offering, or a duty that comes with it, that is new or gone.
   *
   * @param code of the reason; of a duty its kind, and its seconds where it has any
   * @param rule by its id, or what is built in
   */
  public record Difference(boolean isNew, String code, String rule, String offering) {

    @Override
    public String toString() {
      return (isNew ? "+" : "-") + name(code, rule, offering);
    }

    private static String name(String code, String rule, String offering) {
      return "%s[%s] %s".formatted(code, rule, offering);
    }
  }

  /**
   * A request that the new rules treat in another way.
   *
   * @param before offering that it would go to first under the old rules; empty for a refusal
   * @param beforeLane of that offering; null for a refusal
   * @param after the same under the new rules
   * @param differences what is new, and then what is gone
   */
  public record Change(
      Kind kind,
      RoutingDecision decision,
      String before,
      Lane beforeLane,
      String after,
      Lane afterLane,
      List<Difference> differences) {

    /** Reasons and duties that are new, or gone, with a sign before each. */
    public List<String> codes() {
      return differences.stream().map(Difference::toString).toList();
    }
  }

  /**
   * @param decided requests that were decided again
   * @param inexact of those, how many under records that are not exactly the recorded ones
   */
  public record Result(long decided, long inexact, List<Change> changes) {}

  private record Day(int catalogue, long epoch) {}

  private record Pair(Decider before, Decider after, ControlState state) {}

  private final ControlHistory history;
  private final PolicyBundle before;
  private final PolicyBundle after;
  private final Map<Day, Pair> days =
      new LinkedHashMap<>(DAYS, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Day, Pair> eldest) {
          return size() > DAYS;
        }
      };
  private final List<Change> changes = new ArrayList<>();
  private long decided;
  private long inexact;

  public PolicyDiff(ControlHistory history, PolicyBundle before, PolicyBundle after) {
    this.history = history;
    this.before = before;
    this.after = after;
  }

  /** Of some decisions, oldest first. */
  public Result of(Collection<RoutingDecision> decisions) {
    decisions.forEach(this::add);
    return result();
  }

  /** Goes on with a decision that is no older than the last one, or little. */
  public void add(RoutingDecision decision) {
    Pair day = day(decision);
    decided++;
    if (!isExact(decision, day.state())) {
      inexact++;
    }
    RequestProfile profile = RecordedRequests.profile(decision);
    Decision old = day.before().decide(profile, decision.getDecidedAt()).decision();
    Decision now = day.after().decide(profile, decision.getDecidedAt()).decision();
    compare(decision, old, now);
  }

  /** Of the decisions so far. */
  public Result result() {
    return new Result(decided, inexact, List.copyOf(changes));
  }

  private Pair day(RoutingDecision decision) {
    Day day = new Day(history.catalogueAt(decision.getDecidedAt()), decision.getSuspensionEpoch());
    return days.computeIfAbsent(
        day,
        missing -> {
          ControlState state = history.stateAt(decision.getDecidedAt(), missing.epoch(), before);
          return new Pair(
              new Decider(state),
              new Decider(history.stateAt(decision.getDecidedAt(), missing.epoch(), after)),
              state);
        });
  }

  private static boolean isExact(RoutingDecision decision, ControlState state) {
    return state.snapshot().catalogueFingerprint().equals(decision.getCatalogueHash())
        && state
            .snapshot()
            .tenant(decision.getTenant())
            .map(tenant -> tenant.fingerprint().equals(decision.getContractHash()))
            .orElse(decision.getContractHash().isEmpty());
  }

  private void compare(RoutingDecision decision, Decision old, Decision now) {
    List<String> permitted = permitted(old);
    List<String> permittedNow = permitted(now);
    List<Difference> differences = differences(reasons(old), reasons(now));
    List<Difference> ofDuties = differences(duties(old), duties(now));
    boolean isSame = permitted.equals(permittedNow) && differences.isEmpty();
    if (isSame && ofDuties.isEmpty()) {
      return;
    }
    Kind kind;
    if (permitted.isEmpty() != permittedNow.isEmpty()) {
      kind = permittedNow.isEmpty() ? Kind.REFUSED_NOW : Kind.PERMITTED_NOW;
    } else if (!permitted.isEmpty() && !permitted.get(0).equals(permittedNow.get(0))) {
      kind = Kind.ROUTED_ELSEWHERE;
    } else {
      kind = isSame ? Kind.OTHER_DUTIES : Kind.OTHER_CHOICE;
    }
    differences.addAll(ofDuties);
    Optional<Candidate> first = first(old, permitted);
    Optional<Candidate> firstNow = first(now, permittedNow);
    changes.add(
        new Change(
            kind,
            decision,
            first.map(Candidate::getOffering).orElse(""),
            first.map(Candidate::getLane).orElse(null),
            firstNow.map(Candidate::getOffering).orElse(""),
            firstNow.map(Candidate::getLane).orElse(null),
            List.copyOf(differences)));
  }

  private static List<String> permitted(Decision decision) {
    return decision instanceof Decision.Permitted some ? some.permitted() : List.of();
  }

  private static Optional<Candidate> first(Decision decision, List<String> permitted) {
    return decision.candidates().stream()
        .filter(each -> !permitted.isEmpty() && each.getOffering().equals(permitted.get(0)))
        .findFirst();
  }

  private static List<Difference> differences(
      Map<String, Difference> old, Map<String, Difference> now) {
    List<Difference> differences = new ArrayList<>();
    now.forEach(
        (name, each) -> {
          if (!old.containsKey(name)) {
            differences.add(each);
          }
        });
    old.forEach(
        (name, each) -> {
          if (!now.containsKey(name)) {
            differences.add(new Difference(false, each.code(), each.rule(), each.offering()));
          }
        });
    return differences;
  }

  /** Each reason against each offering. */
  private static Map<String, Difference> reasons(Decision decision) {
    Map<String, Difference> all = new TreeMap<>();
    for (Candidate candidate : decision.candidates()) {
      for (Reason reason : candidate.getReasons()) {
        put(all, reason.getCode(), reason.getRule(), candidate);
      }
    }
    return all;
  }

  /** Each duty of each offering that may be used. */
  private static Map<String, Difference> duties(Decision decision) {
    Map<String, Difference> all = new TreeMap<>();
    for (Candidate candidate : decision.candidates()) {
      if (!candidate.getPermitted()) {
        continue;
      }
      for (Obligation duty : candidate.getObligations()) {
        String seconds = duty.getSeconds() == null ? "" : " " + duty.getSeconds() + " s";
        put(all, duty.getKind() + seconds, duty.getRule(), candidate);
      }
    }
    return all;
  }

  private static void put(
      Map<String, Difference> all, String code, String rule, Candidate candidate) {
    String offering = candidate.getOffering();
    all.put(Difference.name(code, rule, offering), new Difference(true, code, rule, offering));
  }
}
