package io.dualtrack.topology.policy;

import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.Rule;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * One rule as a program.
 *
 * @param condition when the rule applies; null where the rule did not compile
 * @param requirement what must be true then; null for rules that are no REQUIRE
 */
record CompiledRule(Rule rule, CelRuntime.Program condition, CelRuntime.Program requirement) {

  boolean inForce(Instant at) {
    return !at.isBefore(rule.getEffectiveFrom())
        && (rule.getEffectiveTo() == null || at.isBefore(rule.getEffectiveTo()));
  }

  /** Why the rule rejects; empty where it does not. Anything but a plain true or false rejects. */
  Optional<Reason> rejects(Map<String, Object> variables) {
    if (condition == null) {
      return Optional.of(unevaluable());
    }
    try {
      Object applies = condition.eval(variables);
      if (!(applies instanceof Boolean)) {
        return Optional.of(unevaluable());
      }
      if (!(Boolean) applies) {
        return Optional.empty();
      }
      return switch (rule.getEffect()) {
        case DENY -> Optional.of(reason());
        case REQUIRE -> met(requirement.eval(variables));
        // What is demanded of the handling of a request is no matter of where it may go, but a
        // duty that nothing here can fulfil must not be passed over in silence.
        case OBLIGE ->
            Optional.of(
                new Reason(
                    rule.getId(),
                    "OBLIGATION_UNSUPPORTED",
                    "rule %s sets a duty that this version cannot fulfil: %s"
                        .formatted(rule.getId(), rule.getReason())));
      };
    } catch (CelEvaluationException | RuntimeException e) {
      return Optional.of(unevaluable());
    }
  }

  private Optional<Reason> met(Object requirementHolds) {
    if (!(requirementHolds instanceof Boolean)) {
      return Optional.of(unevaluable());
    }
    return (Boolean) requirementHolds ? Optional.empty() : Optional.of(reason());
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
