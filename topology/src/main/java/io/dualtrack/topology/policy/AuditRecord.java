package io.dualtrack.topology.policy;

import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.topology.control.ControlSnapshot;
import java.time.Instant;
import java.util.List;

/** The record of a decision for auditors. */
public final class AuditRecord {

  private AuditRecord() {}

  /**
   * @param attempt 1 for the first decision on a request
   * @param control the control records that the decision was made under
   */
  public static RoutingDecision of(
      RequestFacts facts,
      int attempt,
      ControlSnapshot control,
      Decision decision,
      Instant decidedAt) {
    List<String> permitted =
        decision instanceof Decision.Permitted some ? some.permitted() : List.of();
    List<Reason> refusal =
        decision instanceof Decision.Refused refused ? refused.reasons() : List.of();
    return RoutingDecision.newBuilder()
        .setRequestId(facts.getRequestId())
        .setTenant(facts.getTenant())
        .setAccount(facts.getAccount())
        .setAttempt(attempt)
        .setDecidedAt(decidedAt)
        .setInputHash(facts.getInputHash())
        .setAttributes(facts.getAttributes())
        .setJurisdictions(facts.getJurisdictions())
        .setModel(facts.getModel())
        .setPolicy(control.bundle().map(each -> each.bundle().getId()).orElse(""))
        .setPolicyVersion(control.policyVersion())
        .setSuspensionEpoch(control.suspensions().epoch())
        .setCandidates(decision.candidates())
        .setPermitted(permitted)
        .setRefusal(refusal)
        .build();
  }
}
