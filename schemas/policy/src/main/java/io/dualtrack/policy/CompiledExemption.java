package io.dualtrack.policy;

import io.dualtrack.policy.Expression.Outcome;
import io.dualtrack.schemas.Exemption;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.Rule;
import java.time.Instant;
import java.util.Optional;

/**
 * One exemption, ready to be evaluated. What cannot be evaluated lifts nothing.
 *
 * @param condition empty where it holds for every request of its tenants
 * @param usable false where its condition did not compile
 */
record CompiledExemption(Exemption exemption, Optional<Expression> condition, boolean usable) {

  boolean applies(Side request, Side offering, String tenant, Instant at) {
    return covers(tenant, at)
        && condition.map(each -> each.evaluate(request, offering) == Outcome.TRUE).orElse(true);
  }

  /** Whether it may apply to some offering. */
  boolean mayApply(Side request, String tenant, Instant at) {
    return covers(tenant, at)
        && condition.map(each -> each.ofRequest(request) == Outcome.TRUE).orElse(true);
  }

  private boolean covers(String tenant, Instant at) {
    return usable
        && exemption.getTenants().contains(tenant)
        && !at.isBefore(exemption.getEffectiveFrom())
        && at.isBefore(exemption.getEffectiveTo());
  }

  Reason reason(Rule lifted) {
    return new Reason(
        "exemption:" + exemption.getId(),
        lifted.getCode(),
        "rule %s is lifted until %s, approved by %s: %s"
            .formatted(
                lifted.getId(),
                exemption.getEffectiveTo(),
                exemption.getApprover(),
                exemption.getReason()));
  }
}
