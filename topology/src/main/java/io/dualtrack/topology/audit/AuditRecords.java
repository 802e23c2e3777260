package io.dualtrack.topology.audit;

import io.dualtrack.policy.Decision;
import io.dualtrack.policy.control.ControlSnapshot;
import io.dualtrack.policy.control.TenantContract;
import io.dualtrack.policy.jurisdiction.AttributeNames;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.RoutingDecision;
import java.time.Instant;
import java.util.List;

/** Makes the records of decisions for auditors. Threads may share it. */
public final class AuditRecords {

  private final SubjectKeys subjects;

  /**
   * @param subjects whose keys hide the accounts
   */
  public AuditRecords(SubjectKeys subjects) {
    this.subjects = subjects;
  }

  /**
   * @param attempt 1 for the first decision on a request
   * @param control the control records that the decision was made under
   */
  public RoutingDecision of(
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
        .setAccount(subjects.hide(facts.getTenant(), facts.getAccount()))
        .setAttempt(attempt)
        .setDecidedAt(decidedAt)
        .setInputHash(facts.getInputHash())
        .setAttributes(attributes(facts))
        .setJurisdictions(facts.getJurisdictions())
        .setModel(facts.getModel())
        .setPolicy(control.bundle().map(each -> each.bundle().getId()).orElse(""))
        .setPolicyVersion(control.policyVersion())
        .setPolicyHash(control.bundle().map(each -> each.standing().fingerprint()).orElse(""))
        .setCatalogueHash(control.catalogueFingerprint())
        .setContractHash(
            control.tenant(facts.getTenant()).map(TenantContract::fingerprint).orElse(""))
        .setSuspensionEpoch(control.suspensions().epoch())
        .setCandidates(decision.candidates())
        .setPermitted(permitted)
        .setRefusal(refusal)
        .setMove(facts.getMove())
        .setDrills(drills(decision))
        .build();
  }

  /** The same for a copy that nobody waits for. */
  public RoutingDecision ofShadow(
      RequestFacts facts,
      int attempt,
      ControlSnapshot control,
      Decision decision,
      Instant decidedAt) {
    RoutingDecision record = of(facts, attempt, control, decision, decidedAt);
    record.setShadow(true);
    return record;
  }

  /** Those that an offering was kept away by. */
  private static List<String> drills(Decision decision) {
    return decision.candidates().stream()
        .flatMap(candidate -> candidate.getReasons().stream())
        .flatMap(reason -> LiveDrill.idIn(reason).stream())
        .distinct()
        .toList();
  }

  /**
   * The number of somebody's file at an identity provider leads to a person as the account does.
   */
  private List<Attribute> attributes(RequestFacts facts) {
    return facts.getAttributes().stream()
        .map(
            each ->
                each.getName().equals(AttributeNames.EAR_US_PERSON_EVIDENCE)
                    ? new Attribute(each.getName(), hidden(facts, each), each.getSource())
                    : each)
        .toList();
  }

  private List<String> hidden(RequestFacts facts, Attribute evidence) {
    return evidence.getValues().stream()
        .map(value -> subjects.hide(facts.getTenant(), facts.getAccount(), value))
        .toList();
  }
}
