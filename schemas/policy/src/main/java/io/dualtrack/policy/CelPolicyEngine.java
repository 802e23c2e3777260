package io.dualtrack.policy;

import io.dualtrack.policy.CompiledRule.Finding;
import io.dualtrack.policy.control.ReachedVolumes;
import io.dualtrack.policy.control.Suspensions;
import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.Obligation;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Rules in CEL over flat typed variables, behind checks that no rule can lift.
 *
 * <p>For one thread. What rules say of an offering alone is kept from decision to decision, so an
 * engine lives as long as the control records that it was made of.
 */
public final class CelPolicyEngine implements PolicyEngine {

  private final Optional<CompiledBundle> bundle;
  private final Suspensions suspensions;
  private final ReachedVolumes volumes;
  private final Map<String, OfferingSide> sides = new HashMap<>();

  public CelPolicyEngine(
      Optional<CompiledBundle> bundle, Suspensions suspensions, ReachedVolumes volumes) {
    this.bundle = bundle;
    this.suspensions = suspensions;
    this.volumes = volumes;
  }

  @Override
  public Decision decide(
      RequestProfile profile, List<Offering> candidates, Set<String> permits, Instant at) {
    Map<String, Object> variables = new HashMap<>(64);
    profile.variables(variables, at);
    bundle.ifPresent(rules -> variables.putAll(rules.lists()));
    Side request = new Side(variables, bundle.map(CompiledBundle::expressions).orElse(0));
    Optional<Reason> conflict = Residency.conflict(bundle, request, profile, at);
    List<Candidate> judged = new ArrayList<>(candidates.size());
    for (Offering offering : candidates) {
      List<Reason> reasons =
          new ArrayList<>(suspensions.of(offering, profile.tenant(), profile.usPersonAt(at)));
      conflict.ifPresent(reasons::add);
      reasons.addAll(BuiltInChecks.of(offering, profile, bundle, at));
      List<Reason> lifted = new ArrayList<>(0);
      List<Obligation> obligations = new ArrayList<>(0);
      if (bundle.isPresent()) {
        variables.put("is_partner", offering.getPartners().contains(profile.tenant()));
        variables.put("volumes_reached", volumes.of(profile.tenant(), offering.getProvider()));
        judge(offering, request, profile, at, reasons, lifted, obligations);
      }
      judged.add(
          new Candidate(
              offering.getId(),
              offering.getLane(),
              reasons.isEmpty(),
              reasons,
              lifted,
              permits.contains(offering.getId())
                  ? List.of(permit(profile.tenant(), offering))
                  : List.of(),
              obligations));
    }
    return Decision.of(judged);
  }

  private void judge(
      Offering offering,
      Side request,
      RequestProfile profile,
      Instant at,
      List<Reason> reasons,
      List<Reason> lifted,
      List<Obligation> obligations) {
    Side side = side(offering, at);
    for (CompiledRule rule : bundle.orElseThrow().rules()) {
      if (!rule.inForce(at)) {
        continue;
      }
      Finding finding = rule.judge(request, side, offering, profile, at);
      if (finding instanceof Finding.Rejects rejects) {
        reasons.add(rejects.reason());
      } else if (finding instanceof Finding.Lifted exempt) {
        lifted.add(exempt.reason());
      } else if (finding instanceof Finding.Obliges obliges) {
        obligations.add(obliges.obligation());
      }
    }
  }

  private Side side(Offering offering, Instant at) {
    OfferingSide known = sides.get(offering.getId());
    if (known == null || !known.holdsAt(at)) {
      known = OfferingSide.of(offering, bundle.orElseThrow(), at);
      sides.put(offering.getId(), known);
    }
    return known.side();
  }

  private static Reason permit(String tenant, Offering offering) {
    return new Reason(
        "contract:" + tenant,
        "CONTRACT_PERMIT",
        "the contract of tenant %s permits offering %s by name; that lifts no rule"
            .formatted(tenant, offering.getId()));
  }
}
