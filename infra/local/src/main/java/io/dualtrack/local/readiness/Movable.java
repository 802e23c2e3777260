package io.dualtrack.local.readiness;

import io.dualtrack.policy.Decider;
import io.dualtrack.policy.Decision;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.review.ControlHistory;
import io.dualtrack.review.RecordedRequests;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What part of an offering's recorded requests another one may answer: each is decided again under
 * the records of now.
 *
 * @param decided requests that were decided on for the first time, whoever answered
 * @param tenants those of them that went to the first offering, by tenant
 */
public record Movable(long decided, Map<String, OfTenant> tenants) {

  /** The other offering is none of those that the tenant's contract names for the model. */
  public static final String NOT_IN_CONTRACT = "NOT_IN_CONTRACT";

  /**
   * @param requests that went to the first offering
   * @param movable of them, that the second may answer
   * @param reasons codes of why not, each counted once a request
   */
  public record OfTenant(long requests, long movable, Map<String, Long> reasons) {

    private OfTenant plus(List<String> codes, boolean moves) {
      Map<String, Long> sums = new TreeMap<>(reasons);
      codes.forEach(code -> sums.merge(code, 1L, Long::sum));
      return new OfTenant(requests + 1, movable + (moves ? 1 : 0), sums);
    }
  }

  public Movable {
    tenants = Map.copyOf(tenants);
  }

  /**
   * @param rules the policy in force
   * @param recorded first decisions
   */
  public static Movable of(
      ControlHistory history,
      PolicyBundle rules,
      List<RoutingDecision> recorded,
      String from,
      String to,
      Instant now) {
    ControlState state = history.stateNow(now, rules, List.of());
    Decider decider = new Decider(state);
    Map<String, OfTenant> tenants = new TreeMap<>();
    for (RoutingDecision each : goingTo(from, recorded)) {
      Decision decision = decider.decide(RecordedRequests.profile(each), now).decision();
      boolean moves =
          decision instanceof Decision.Permitted permitted && permitted.permitted().contains(to);
      List<String> codes = moves ? List.of() : codes(decision, to);
      tenants.merge(
          each.getTenant(),
          new OfTenant(0, 0, Map.of()).plus(codes, moves),
          (known, unused) -> known.plus(codes, moves));
    }
    return new Movable(recorded.size(), tenants);
  }

  /** Those of some first decisions that chose an offering. */
  public static List<RoutingDecision> goingTo(String offering, List<RoutingDecision> recorded) {
    return recorded.stream()
        .filter(each -> !each.getPermitted().isEmpty())
        .filter(each -> each.getPermitted().get(0).equals(offering))
        .toList();
  }

  public long requests() {
    return tenants.values().stream().mapToLong(OfTenant::requests).sum();
  }

  public long movable() {
    return tenants.values().stream().mapToLong(OfTenant::movable).sum();
  }

  private static List<String> codes(Decision decision, String to) {
    List<Reason> reasons = new ArrayList<>();
    boolean judged = false;
    for (Candidate candidate : decision.candidates()) {
      if (candidate.getOffering().equals(to)) {
        judged = true;
        reasons.addAll(candidate.getReasons());
      }
    }
    if (decision instanceof Decision.Refused refused && decision.candidates().isEmpty()) {
      reasons.addAll(refused.reasons());
      judged = true;
    }
    return judged
        ? reasons.stream().map(Reason::getCode).distinct().sorted().toList()
        : List.of(NOT_IN_CONTRACT);
  }
}
