package io.dualtrack.policy;

import io.dualtrack.policy.Decider.Ruling;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes out of a decision what a drill keeps the request away from. It comes behind the rules and
 * the suspensions and only ever adds reasons against, so that no drill, and no drill's end, permits
 * what they do not.
 */
final class Drilled {

  private Drilled() {}

  static Ruling of(Ruling ruling, String requestId, Instant at) {
    List<LiveDrill> drills = ruling.control().suspensions().drills(requestId, at);
    if (drills.isEmpty()) {
      return ruling;
    }
    boolean changed = false;
    List<Candidate> left = new ArrayList<>(ruling.decision().candidates().size());
    for (Candidate candidate : ruling.decision().candidates()) {
      Optional<Offering> offering = ruling.control().offering(candidate.getOffering());
      List<Reason> why =
          drills.stream()
              .filter(drill -> offering.filter(drill::concerns).isPresent())
              .map(LiveDrill::why)
              .toList();
      left.add(why.isEmpty() ? candidate : without(candidate, why));
      changed |= !why.isEmpty();
    }
    return changed ? new Ruling(Decision.of(left), ruling.control()) : ruling;
  }

  private static Candidate without(Candidate candidate, List<Reason> why) {
    List<Reason> reasons = new ArrayList<>(candidate.getReasons());
    reasons.addAll(why);
    return Candidate.newBuilder(candidate).setPermitted(false).setReasons(reasons).build();
  }
}
