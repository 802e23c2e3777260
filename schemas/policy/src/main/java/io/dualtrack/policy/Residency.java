package io.dualtrack.policy;

import io.dualtrack.policy.jurisdiction.Regions;
import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.schemas.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Finds whether everything that says where a request may be processed leaves any place at all: the
 * caller, the contract, and the rules that keep it within regions.
 */
final class Residency {

  private record Limit(String rule, List<String> regions) {}

  private Residency() {}

  /** Names the limits that exclude each other; empty where they leave a place. */
  static Optional<Reason> conflict(
      Optional<CompiledBundle> bundle, Side request, RequestProfile profile, Instant at) {
    List<Limit> limits = new ArrayList<>();
    add(limits, "built-in:asked-processing", profile.askedProcessing());
    add(limits, "built-in:contract-processing", profile.contractProcessing());
    if (bundle.isPresent()) {
      for (CompiledRule rule : bundle.get().rules()) {
        if (rule.inForce(at) && rule.confines(request, profile, at)) {
          add(limits, rule.rule().getId(), rule.rule().getWithin());
        }
      }
    }
    List<String> left = List.of();
    for (Limit limit : limits) {
      left = Regions.intersection(left, limit.regions());
    }
    if (!left.contains(Regions.NOWHERE)) {
      return Optional.empty();
    }
    return Optional.of(
        new Reason(
            "built-in:residency",
            "RESIDENCY_CONFLICT",
            "no region is within all of: "
                + limits.stream()
                    .map(limit -> limit.rule() + " " + limit.regions())
                    .collect(Collectors.joining(", "))));
  }

  private static void add(List<Limit> limits, String rule, List<String> regions) {
    if (!Regions.unlimited(regions)) {
      limits.add(new Limit(rule, regions));
    }
  }
}
