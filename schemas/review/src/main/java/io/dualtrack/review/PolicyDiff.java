package io.dualtrack.review;

import io.dualtrack.policy.Decider;
import io.dualtrack.policy.Decision;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What other rules would have made of requests that were decided: each is decided again from the
 * attributes that the audit trail recorded, under the tenants, offerings and suspensions of its own
 * day, once by the old and once by the new rules.
 */
public final class PolicyDiff {

  /** How a request would fare otherwise. */
  public enum Kind {
    REFUSED_NOW,
    PERMITTED_NOW,
    ROUTED_ELSEWHERE,
    OTHER_CHOICE
  }

  /**
   * A request that the new rules treat in another way.
   *
   * @param before offering that it would go to first under the old rules; empty for a refusal
   * @param after the same under the new rules
   * @param codes reasons that are new, or gone, with a sign before each
   */
  public record Change(
      Kind kind, RoutingDecision decision, String before, String after, List<String> codes) {}

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
  private final Map<Day, Pair> days = new HashMap<>();

  public PolicyDiff(ControlHistory history, PolicyBundle before, PolicyBundle after) {
    this.history = history;
    this.before = before;
    this.after = after;
  }

  public Result of(Collection<RoutingDecision> decisions) {
    List<Change> changes = new ArrayList<>();
    long inexact = 0;
    for (RoutingDecision decision : decisions) {
      Pair day = day(decision);
      if (!isExact(decision, day.state())) {
        inexact++;
      }
      RequestProfile profile = RecordedRequests.profile(decision);
      Decision old = day.before().decide(profile, decision.getDecidedAt()).decision();
      Decision now = day.after().decide(profile, decision.getDecidedAt()).decision();
      compare(decision, old, now, changes);
    }
    return new Result(decisions.size(), inexact, List.copyOf(changes));
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

  private static void compare(
      RoutingDecision decision, Decision old, Decision now, List<Change> changes) {
    List<String> before = permitted(old);
    List<String> after = permitted(now);
    if (before.equals(after) && reasons(old).equals(reasons(now))) {
      return;
    }
    Kind kind;
    if (before.isEmpty() != after.isEmpty()) {
      kind = after.isEmpty() ? Kind.REFUSED_NOW : Kind.PERMITTED_NOW;
    } else if (!before.isEmpty() && !before.get(0).equals(after.get(0))) {
      kind = Kind.ROUTED_ELSEWHERE;
    } else {
      kind = Kind.OTHER_CHOICE;
    }
    List<String> codes = new ArrayList<>();
    reasons(now).stream()
        .filter(each -> !reasons(old).contains(each))
        .forEach(each -> codes.add("+" + each));
    reasons(old).stream()
        .filter(each -> !reasons(now).contains(each))
        .forEach(each -> codes.add("-" + each));
    changes.add(new Change(kind, decision, first(before), first(after), List.copyOf(codes)));
  }

  private static String first(List<String> offerings) {
    return offerings.isEmpty() ? "" : offerings.get(0);
  }

  private static List<String> permitted(Decision decision) {
    return decision instanceof Decision.Permitted some ? some.permitted() : List.of();
  }

  /** Each reason against each offering, as its code and rule. */
  private static TreeSet<String> reasons(Decision decision) {
    TreeSet<String> all = new TreeSet<>();
    for (Candidate candidate : decision.candidates()) {
      for (Reason reason : candidate.getReasons()) {
        all.add("%s[%s] %s".formatted(reason.getCode(), reason.getRule(), candidate.getOffering()));
      }
    }
    return all;
  }
}
