package io.dualtrack.topology.policy;

import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.Weights;
import io.dualtrack.topology.control.Suspensions;
import io.dualtrack.topology.jurisdiction.RequestProfile;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Rules in CEL over flat typed variables, behind checks that no rule can lift: suspension,
 * effective dates, export state, and the regions that the caller and the contract allow.
 */
public final class CelPolicyEngine implements PolicyEngine {

  private static final String GLOBAL = "GLOBAL";

  private final Optional<CompiledBundle> bundle;
  private final Suspensions suspensions;

  public CelPolicyEngine(Optional<CompiledBundle> bundle, Suspensions suspensions) {
    this.bundle = bundle;
    this.suspensions = suspensions;
  }

  @Override
  public Decision decide(RequestProfile profile, List<Offering> candidates, Instant at) {
    Map<String, Object> variables = new HashMap<>(32);
    profile.variables(variables);
    List<Candidate> judged = new ArrayList<>(candidates.size());
    for (Offering offering : candidates) {
      List<Reason> reasons = reasonsAgainst(offering, profile, variables, at);
      judged.add(new Candidate(offering.getId(), offering.getLane(), reasons.isEmpty(), reasons));
    }
    return Decision.of(judged);
  }

  private List<Reason> reasonsAgainst(
      Offering offering, RequestProfile profile, Map<String, Object> variables, Instant at) {
    List<Reason> reasons = new ArrayList<>(suspensions.of(offering));
    boolean partner = offering.getPartners().contains(profile.tenant());
    notEffective(offering, at).ifPresent(reasons::add);
    exportControl(offering, partner).ifPresent(reasons::add);
    outside(offering, profile.askedProcessing(), "asked-processing", "the caller")
        .ifPresent(reasons::add);
    outside(offering, profile.contractProcessing(), "contract-processing", "the tenant's contract")
        .ifPresent(reasons::add);
    withoutPolicy(offering, at).ifPresent(reasons::add);
    bundle.ifPresent(
        rules -> {
          describe(offering, partner, variables);
          for (CompiledRule rule : rules.rules()) {
            if (rule.inForce(at)) {
              rule.rejects(variables).ifPresent(reasons::add);
            }
          }
        });
    return reasons;
  }

  private static Optional<Reason> notEffective(Offering offering, Instant at) {
    boolean early = at.isBefore(offering.getEffectiveFrom());
    boolean late = offering.getEffectiveTo() != null && !at.isBefore(offering.getEffectiveTo());
    return early || late
        ? Optional.of(
            new Reason(
                "built-in:effective",
                "NOT_EFFECTIVE",
                "offering %s is not offered at this time".formatted(offering.getId())))
        : Optional.empty();
  }

  private static Optional<Reason> exportControl(Offering offering, boolean partner) {
    return switch (offering.getExportState()) {
      case OPEN -> Optional.empty();
      case PARTNERS_ONLY ->
          partner
              ? Optional.empty()
              : export(offering, "PARTNERS_ONLY", "is open to listed partners only");
      // Nothing here can prove a US person yet, and unknown counts as no.
      case US_PERSONS_ONLY ->
          export(offering, "US_PERSONS_ONLY", "is open to verified US persons only");
      case SUSPENDED -> export(offering, "SUSPENDED", "is suspended by its export state");
    };
  }

  private static Optional<Reason> export(Offering offering, String code, String text) {
    return Optional.of(
        new Reason(
            "built-in:export-state", code, "offering %s %s".formatted(offering.getId(), text)));
  }

  private static Optional<Reason> outside(
      Offering offering, Collection<String> allowed, String rule, String who) {
    if (allowed.isEmpty() || allowed.contains(GLOBAL)) {
      return Optional.empty();
    }
    List<String> regions = offering.getProcessingRegions();
    if (!regions.isEmpty() && allowed.containsAll(regions)) {
      return Optional.empty();
    }
    return Optional.of(
        new Reason(
            "built-in:" + rule,
            "PROC_REGION",
            "%s allows processing in %s, but offering %s processes in %s"
                .formatted(who, allowed, offering.getId(), regions)));
  }

  private Optional<Reason> withoutPolicy(Offering offering, Instant at) {
    if (bundle.isEmpty()) {
      return Optional.of(
          new Reason(
              "built-in:policy",
              "POLICY_MISSING",
              "no policy is published, so nothing may be used; publish one"));
    }
    boolean closed = offering.getLane() == Lane.API && offering.getWeights() == Weights.CLOSED;
    return closed && bundle.get().staleAt(at)
        ? Optional.of(
            new Reason(
                "built-in:policy",
                "POLICY_STALE",
                "policy %s was valid until %s, so no closed API may be used; publish a newer one"
                    .formatted(
                        bundle.get().bundle().getVersion(), bundle.get().bundle().getValidUntil())))
        : Optional.empty();
  }

  private static void describe(Offering offering, boolean partner, Map<String, Object> variables) {
    variables.put("offering", offering.getId());
    variables.put("offering_model", offering.getModel());
    variables.put("provider", offering.getProvider());
    variables.put("lane", offering.getLane().name());
    variables.put("weights", offering.getWeights().name());
    variables.put("provider_country", offering.getProviderCountry());
    variables.put("export_state", offering.getExportState().name());
    variables.put("processing", offering.getProcessingRegions());
    variables.put("storage", offering.getStorageRegions());
    variables.put("attestations", offering.getAttestations());
    variables.put("is_partner", partner);
  }
}
