package io.dualtrack.policy;

import io.dualtrack.policy.jurisdiction.Regions;
import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.Weights;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Checks that no rule can lift: effective dates, export state, and what the caller and the contract
 * allow of places and of time.
 */
final class BuiltInChecks {

  private BuiltInChecks() {}

  static List<Reason> of(
      Offering offering, RequestProfile profile, Optional<CompiledBundle> bundle, Instant at) {
    List<Reason> reasons = new ArrayList<>(0);
    notEffective(offering, at).ifPresent(reasons::add);
    exportControl(offering, profile, at).ifPresent(reasons::add);
    processing(offering, profile.askedProcessing(), "asked-processing", "the caller")
        .ifPresent(reasons::add);
    processing(
            offering, profile.contractProcessing(), "contract-processing", "the tenant's contract")
        .ifPresent(reasons::add);
    storage(offering, profile.askedStorage(), "asked-storage", "the caller")
        .ifPresent(reasons::add);
    storage(offering, profile.contractStorage(), "contract-storage", "the tenant's contract")
        .ifPresent(reasons::add);
    retention(offering, profile).ifPresent(reasons::add);
    asked(offering, profile).ifPresent(reasons::add);
    withoutPolicy(offering, bundle, at).ifPresent(reasons::add);
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

  private static Optional<Reason> exportControl(
      Offering offering, RequestProfile profile, Instant at) {
    return switch (offering.getExportState()) {
      case OPEN -> Optional.empty();
      case PARTNERS_ONLY ->
          offering.getPartners().contains(profile.tenant())
              ? Optional.empty()
              : export(offering, "PARTNERS_ONLY", "is open to listed partners only");
      case US_PERSONS_ONLY ->
          profile.usPersonAt(at)
              ? Optional.empty()
              : export(offering, "US_PERSONS_ONLY", "is open to verified US persons only");
      case SUSPENDED -> export(offering, "SUSPENDED", "is suspended by its export state");
    };
  }

  private static Optional<Reason> export(Offering offering, String code, String text) {
    return Optional.of(
        new Reason(
            "built-in:export-state", code, "offering %s %s".formatted(offering.getId(), text)));
  }

  private static Optional<Reason> processing(
      Offering offering, List<String> allowed, String rule, String who) {
    return Regions.within(offering.getProcessingRegions(), allowed)
        ? Optional.empty()
        : Optional.of(
            new Reason(
                "built-in:" + rule,
                "PROC_REGION",
                "%s allows processing in %s, but offering %s processes in %s"
                    .formatted(who, allowed, offering.getId(), offering.getProcessingRegions())));
  }

  private static Optional<Reason> storage(
      Offering offering, List<String> allowed, String rule, String who) {
    return Regions.within(offering.getStorageRegions(), allowed)
        ? Optional.empty()
        : Optional.of(
            new Reason(
                "built-in:" + rule,
                "STORE_REGION",
                "%s allows storage in %s, but offering %s stores in %s"
                    .formatted(who, allowed, offering.getId(), offering.getStorageRegions())));
  }

  private static Optional<Reason> retention(Offering offering, RequestProfile profile) {
    if (profile.retentionLimitDays() == RequestProfile.NO_LIMIT) {
      return Optional.empty();
    }
    Integer days = offering.getRetentionDays();
    return days != null && days <= profile.retentionLimitDays()
        ? Optional.empty()
        : Optional.of(
            new Reason(
                "built-in:retention",
                "RETENTION",
                "at most %d days of retention are allowed, but offering %s keeps requests %s"
                    .formatted(
                        profile.retentionLimitDays(),
                        offering.getId(),
                        days == null ? "for a time that is not known" : "for " + days + " days")));
  }

  /**
   * Who wants one offering only gets no other one; whether that one is permitted is asked all the
   * same.
   */
  private static Optional<Reason> asked(Offering offering, RequestProfile profile) {
    String id = offering.getId().toLowerCase(Locale.ROOT);
    return profile.askedOfferings().stream().allMatch(id::equals)
        ? Optional.empty()
        : Optional.of(
            new Reason(
                "built-in:asked-offering",
                "OTHER_OFFERING",
                "the caller wants to be answered by another offering than %s"
                    .formatted(offering.getId())));
  }

  private static Optional<Reason> withoutPolicy(
      Offering offering, Optional<CompiledBundle> bundle, Instant at) {
    if (bundle.isEmpty()) {
      return Optional.of(
          new Reason(
              "built-in:policy",
              "POLICY_MISSING",
              "no policy is published, so nothing may be used; publish one"));
    }
    boolean closed = offering.getLane() == Lane.API && offering.getWeights() == Weights.CLOSED;
    return closed
        ? bundle.get().standing().closesApis(bundle.get().bundle(), at)
        : Optional.empty();
  }
}
