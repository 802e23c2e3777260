package io.dualtrack.policy;

import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;

/** What was decided on a request; all candidates are kept with all reasons. */
public sealed interface Decision {

  /** Every offering that was judged, in order of preference. */
  List<Candidate> candidates();

  /**
   * @param permitted ids of the offerings that may be used, in order; never empty
   */
  record Permitted(List<Candidate> candidates, List<String> permitted) implements Decision {}

  /**
   * @param reasons why nothing may be used; never empty
   */
  record Refused(List<Candidate> candidates, List<Reason> reasons) implements Decision {}

  /** Nothing was judged: the request as such is refused. */
  static Decision refused(String rule, String code, String text) {
    return new Refused(List.of(), List.of(new Reason(rule, code, text)));
  }

  /**
   * Permits what the candidates permit; refuses with the reasons of all where none does, and with
   * the contract's permits behind them.
   */
  static Decision of(List<Candidate> candidates) {
    List<String> permitted =
        candidates.stream().filter(Candidate::getPermitted).map(Candidate::getOffering).toList();
    if (!permitted.isEmpty()) {
      return new Permitted(candidates, permitted);
    }
    Collection<Reason> reasons = new LinkedHashSet<>();
    candidates.forEach(candidate -> reasons.addAll(candidate.getReasons()));
    candidates.forEach(candidate -> reasons.addAll(candidate.getPermits()));
    return new Refused(candidates, List.copyOf(reasons));
  }

  /**
   * The same decision with an offering that it permits before the others: an order of preference
   * permits nothing.
   */
  default Decision preferring(String offering) {
    if (!(this instanceof Permitted permitted) || !permitted.permitted().contains(offering)) {
      return this;
    }
    List<Candidate> ordered = new ArrayList<>(candidates());
    // A stable sort: the others stay in their order.
    ordered.sort(Comparator.comparing(each -> !each.getOffering().equals(offering)));
    return of(ordered);
  }

  /** The same decision without the offerings that failed before. */
  default Decision without(Collection<String> tried) {
    if (tried.isEmpty() || this instanceof Refused) {
      return this;
    }
    List<Candidate> left = new ArrayList<>(candidates().size());
    for (Candidate candidate : candidates()) {
      left.add(tried.contains(candidate.getOffering()) ? asTried(candidate) : candidate);
    }
    return of(left);
  }

  private static Candidate asTried(Candidate candidate) {
    List<Reason> reasons = new ArrayList<>(candidate.getReasons());
    reasons.add(
        new Reason(
            "built-in:tried",
            "ALREADY_TRIED",
            "offering %s failed for this request before".formatted(candidate.getOffering())));
    return Candidate.newBuilder(candidate).setPermitted(false).setReasons(reasons).build();
  }
}
