package io.dualtrack.operations.control;

import io.dualtrack.schemas.Move;
import io.dualtrack.schemas.MoveGates;
import io.dualtrack.schemas.MoveState;
import io.dualtrack.schemas.MoveWeight;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Tenant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** What must be true of a move before it is started. */
final class MoveChecks {

  /** Fewer say nothing, whatever they say. */
  private static final int FEWEST = 20;

  private static final int ALL = 100;

  private MoveChecks() {}

  /**
   * @param known control records in force
   * @return a sentence for each problem
   */
  static List<String> of(
      Move move, ControlSet known, Collection<Move> others, Collection<MoveWeight> weights) {
    List<String> problems = new ArrayList<>();
    Optional<Offering> target = offering(known, move.getTo());
    if (offering(known, move.getFrom()).isEmpty()) {
      problems.add("no offering has the id %s".formatted(move.getFrom()));
    }
    if (target.isEmpty()) {
      problems.add("no offering has the id %s".formatted(move.getTo()));
    }
    if (move.getFrom().equals(move.getTo())) {
      problems.add("the offerings to move from and to are the same");
    }
    List<String> tenants = known.tenants().stream().map(Tenant::getId).toList();
    move.getTenants().stream()
        .filter(each -> !tenants.contains(each))
        .forEach(each -> problems.add("no tenant has the id %s".formatted(each)));
    checkSteps(move.getSteps(), problems);
    checkGates(move.getGates(), target, problems);
    for (Move other : others) {
      if (isUnderWay(other, weights) && areAtOdds(move, other)) {
        problems.add(
            "move %s takes requests of the same tenants from %s already; stop it first"
                .formatted(other.getId(), move.getFrom()));
      }
    }
    return problems;
  }

  private static Optional<Offering> offering(ControlSet known, String id) {
    return known.offerings().stream().filter(each -> each.getId().equals(id)).findFirst();
  }

  private static void checkSteps(List<Integer> steps, List<String> problems) {
    boolean areWithin = !steps.isEmpty() && steps.get(0) > 0 && steps.get(steps.size() - 1) <= ALL;
    boolean grow = true;
    for (int i = 1; i < steps.size(); i++) {
      grow &= steps.get(i - 1) < steps.get(i);
    }
    if (!areWithin || !grow) {
      problems.add("steps are percentages that grow from above 0 to 100 at most: 5,20,50,100");
    }
  }

  private static void checkGates(
      MoveGates gates, Optional<Offering> target, List<String> problems) {
    if (gates.getCalls() < FEWEST) {
      problems.add("a step needs %d calls to each offering at least".formatted(FEWEST));
    }
    if (gates.getFailurePoints() < 0 || gates.getFailurePoints() > ALL) {
      problems.add("points of failures are from 0 to 100");
    }
    if (gates.getLatencyFactor() != null && gates.getLatencyFactor() < 1) {
      problems.add("the factor of latencies is 1 at least");
    }
    if (gates.getLossPoints() != null
        && (gates.getLossPoints() < 0 || gates.getLossPoints() > ALL)) {
      problems.add("points of losses are from 0 to 100");
    }
    if (gates.getLossPoints() != null && gates.getPairs() < FEWEST) {
      problems.add("a step needs %d pairs of answers at least".formatted(FEWEST));
    }
    // Calls that hang are not counted before they are given up; answers that came are.
    if (target.isPresent() && gates.getSeconds() < target.get().getTimeoutSeconds()) {
      problems.add(
          "a step lasts %d seconds at least, as long as a call to %s may take"
              .formatted(target.get().getTimeoutSeconds(), target.get().getId()));
    }
  }

  /** A move that has returned is over; one that is done still holds. */
  private static boolean isUnderWay(Move move, Collection<MoveWeight> weights) {
    return !move.getStopped()
        && weights.stream()
            .noneMatch(
                weight ->
                    weight.getMove().equals(move.getId())
                        && weight.getStartedAt().equals(move.getStartedAt())
                        && weight.getState() == MoveState.RETURNED);
  }

  private static boolean areAtOdds(Move one, Move other) {
    return !one.getId().equals(other.getId())
        && one.getFrom().equals(other.getFrom())
        && (one.getTenants().isEmpty()
            || other.getTenants().isEmpty()
            || !Collections.disjoint(one.getTenants(), other.getTenants()));
  }
}
