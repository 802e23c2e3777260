package io.dualtrack.policy;

import io.dualtrack.policy.Expression.Outcome;
import io.dualtrack.policy.jurisdiction.Regions;
import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.schemas.Obligation;
import io.dualtrack.schemas.ObligationKind;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.ServiceTier;
import io.dualtrack.schemas.Topics;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One rule, ready to be evaluated.
 *
 * @param condition when the rule applies; empty where the rule cannot be used, which denies
 * @param requirement what must be true then; empty for rules that require nothing in CEL
 * @param exemptions what may lift it
 */
record CompiledRule(
    Rule rule,
    Optional<Expression> condition,
    Optional<Expression> requirement,
    List<CompiledExemption> exemptions) {

  /** What a rule says of one offering. */
  sealed interface Finding {

    record Nothing() implements Finding {}

    record Rejects(Reason reason) implements Finding {}

    /** An exemption keeps the rule from rejecting. */
    record Lifted(Reason reason) implements Finding {}

    record Obliges(Obligation obligation) implements Finding {}
  }

  private static final Finding NOTHING = new Finding.Nothing();

  boolean inForce(Instant at) {
    return !at.isBefore(rule.getEffectiveFrom())
        && (rule.getEffectiveTo() == null || at.isBefore(rule.getEffectiveTo()));
  }

  /** Whether the rule keeps all processing within its regions, whatever offering is asked about. */
  boolean confines(Side request, RequestProfile profile, Instant at) {
    return !rule.getWithin().isEmpty()
        && condition.isPresent()
        && condition.get().ofRequestAlone()
        && condition.get().ofRequest(request) == Outcome.TRUE
        && exemptions.stream().noneMatch(each -> each.mayApply(request, profile.tenant(), at));
  }

  Finding judge(Side request, Side side, Offering offering, RequestProfile profile, Instant at) {
    Outcome applies = condition.map(each -> each.evaluate(request, side)).orElse(Outcome.ERROR);
    Finding finding =
        switch (applies) {
          case FALSE -> NOTHING;
          case ERROR -> new Finding.Rejects(unevaluable());
          case TRUE -> apply(request, side, offering, profile);
        };
    if (finding instanceof Finding.Rejects && applies == Outcome.TRUE) {
      for (CompiledExemption exemption : exemptions) {
        if (exemption.applies(request, side, profile.tenant(), at)) {
          return new Finding.Lifted(exemption.reason(rule));
        }
      }
    }
    return finding;
  }

  private Finding apply(Side request, Side side, Offering offering, RequestProfile profile) {
    return switch (rule.getEffect()) {
      case DENY -> new Finding.Rejects(reason());
      case REQUIRE -> required(request, side, offering);
      case OBLIGE -> obliged(offering, profile);
    };
  }

  private Finding required(Side request, Side side, Offering offering) {
    if (!rule.getWithin().isEmpty()) {
      return Regions.within(offering.getProcessingRegions(), rule.getWithin())
          ? NOTHING
          : new Finding.Rejects(reason());
    }
    Outcome met = requirement.map(each -> each.evaluate(request, side)).orElse(Outcome.ERROR);
    return switch (met) {
      case TRUE -> NOTHING;
      case FALSE -> new Finding.Rejects(reason());
      case ERROR -> new Finding.Rejects(unevaluable());
    };
  }

  private Finding obliged(Offering offering, RequestProfile profile) {
    ObligationKind kind =
        rule.getObligation() == null ? ObligationKind.UNKNOWN : rule.getObligation();
    Long seconds = rule.getObligationSeconds();
    return switch (kind) {
      case REDACT_CARDS, NO_STORE -> obligation(kind);
      case RETENTION -> seconds == null ? unfulfillable("it names no time") : obligation(kind);
      case PREPEND_INSTRUCTION ->
          profile.complianceInstruction()
              ? obligation(kind)
              : unfulfillable("the tenant's contract has no compliance instruction");
      case COMPLIANCE_TIER ->
          offering.getTier() == ServiceTier.COMPLIANCE
              ? obligation(kind)
              : new Finding.Rejects(reason());
      case KEEP_LOGS ->
          seconds != null && seconds <= Topics.AUDIT.retention().toSeconds()
              ? obligation(kind)
              : unfulfillable("decisions are not kept for as long as it asks");
      case UNKNOWN -> unfulfillable("this version does not know it");
    };
  }

  private Finding obligation(ObligationKind kind) {
    return new Finding.Obliges(new Obligation(rule.getId(), kind, rule.getObligationSeconds()));
  }

  /** A duty that nothing here can fulfil must not be passed over in silence. */
  private Finding unfulfillable(String why) {
    return new Finding.Rejects(
        new Reason(
            rule.getId(),
            "OBLIGATION_UNSUPPORTED",
            "rule %s sets a duty that cannot be fulfilled, because %s: %s"
                .formatted(rule.getId(), why, rule.getReason())));
  }

  private Reason reason() {
    return new Reason(rule.getId(), rule.getCode(), rule.getReason());
  }

  private Reason unevaluable() {
    return new Reason(
        rule.getId(),
        "POLICY_EVAL_ERROR",
        "rule %s could not be evaluated and denies until it is mended".formatted(rule.getId()));
  }
}
