package io.dualtrack.policy;

import io.dualtrack.policy.control.ControlSnapshot;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.policy.control.Moves;
import io.dualtrack.policy.control.TenantContract;
import io.dualtrack.policy.jurisdiction.JurisdictionTagger;
import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.schemas.Move;
import io.dualtrack.schemas.MoveShare;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.RequestShare;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides on requests: picks the candidates that the tenant's contract allows and has the policy
 * judge them.
 *
 * <p>Most requests of a tenant look alike to the rules, so decisions are remembered. A remembered
 * one holds while the control records are the same and no effective date has come in between.
 *
 * <p>For one thread.
 */
public final class Decider {

  private static final int REMEMBERED = 1_000;

  /**
   * A decision and the control records it was made under.
   *
   * @param decision what was decided
   * @param control what was known then
   * @param move null where no move had a say in the order of what is permitted
   */
  public record Ruling(Decision decision, ControlSnapshot control, MoveShare move) {

    public Ruling(Decision decision, ControlSnapshot control) {
      this(decision, control, null);
    }
  }

  private record Remembered(Decision decision, Instant from, Instant until) {}

  private final ControlState state;
  private final Map<RequestProfile, Remembered> memory =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<RequestProfile, Remembered> eldest) {
          return size() > REMEMBERED;
        }
      };
  private ControlSnapshot known;
  private PolicyEngine engine;

  public Decider(ControlState state) {
    this.state = state;
  }

  /**
   * Decides on a request of an account, under the control records of now, with the order of what is
   * permitted as moves between offerings have it. What is done about the account is never
   * remembered: it changes without the other records. Nor are drills and moves, which draw single
   * requests.
   */
  public Ruling decide(String requestId, String account, RequestProfile profile, Instant at) {
    Ruling ruling = Drilled.of(decide(profile, at), requestId, at);
    Optional<Reason> suspended = state.actions().suspended(profile.tenant(), account, at);
    if (suspended.isEmpty()) {
      return moved(ruling, requestId, profile.tenant());
    }
    List<Reason> reasons = new ArrayList<>();
    reasons.add(suspended.get());
    if (ruling.decision() instanceof Decision.Refused refused) {
      reasons.addAll(refused.reasons());
    }
    return new Ruling(new Decision.Refused(List.of(), List.copyOf(reasons)), ruling.control());
  }

  private static Ruling moved(Ruling ruling, String requestId, String tenant) {
    if (!(ruling.decision() instanceof Decision.Permitted permitted)) {
      return ruling;
    }
    Optional<Moves.Standing> standing = ruling.control().moves().of(tenant, permitted.permitted());
    if (standing.isEmpty()) {
      return ruling;
    }
    Move move = standing.get().move();
    int percent = standing.get().percent();
    boolean moved = RequestShare.draws(move.getId(), requestId, BigDecimal.valueOf(percent));
    return new Ruling(
        moved ? permitted.preferring(move.getTo()) : permitted,
        ruling.control(),
        new MoveShare(move.getId(), move.getStartedAt(), percent, moved));
  }

  /** The same for a request that was decided on before. */
  public Ruling decide(RequestFacts facts, Instant at) {
    return decide(facts.getRequestId(), facts.getAccount(), RequestProfile.of(facts), at);
  }

  /** Decides on requests of any account that nothing was done about, and that no drill draws. */
  public Ruling decide(RequestProfile profile, Instant at) {
    ControlSnapshot control = state.snapshot();
    if (control != known) {
      known = control;
      engine = new CelPolicyEngine(control.bundle(), control.suspensions(), control.volumes());
      memory.clear();
    }
    Remembered remembered = memory.get(profile);
    if (remembered == null || !at.isBefore(remembered.until()) || at.isBefore(remembered.from())) {
      remembered = new Remembered(decideAnew(profile, at), at, until(profile, control, at));
      memory.put(profile, remembered);
    }
    return new Ruling(remembered.decision(), control);
  }

  private static Instant until(RequestProfile profile, ControlSnapshot control, Instant at) {
    Instant ofControl = control.nextBoundary(at);
    Instant ofProfile = profile.nextBoundary(at);
    return ofControl.isBefore(ofProfile) ? ofControl : ofProfile;
  }

  /**
   * What is known of a request now, for a decision that is taken again: the contract and the
   * account's identity may have changed since it was tagged.
   */
  public RequestFacts refreshed(RequestFacts facts) {
    return state
        .snapshot()
        .tenant(facts.getTenant())
        .flatMap(
            contract ->
                contract
                    .account(facts.getAccount())
                    .map(account -> JurisdictionTagger.again(facts, contract.tenant(), account)))
        .orElse(facts);
  }

  private Decision decideAnew(RequestProfile profile, Instant at) {
    Optional<TenantContract> tenant = known.tenant(profile.tenant());
    if (tenant.isEmpty()) {
      return Decision.refused(
          "built-in:tenant",
          "UNKNOWN_TENANT",
          "tenant %s is not known; publish its contract".formatted(profile.tenant()));
    }
    Optional<Reason> suspended = known.suspensions().ofTenant(profile.tenant());
    if (suspended.isPresent()) {
      return new Decision.Refused(List.of(), List.of(suspended.get()));
    }
    if (tenant.get().cutOff()) {
      return Decision.refused(
          "built-in:tenant",
          "TENANT_CUT_OFF",
          "tenant %s is cut off; ask the operator".formatted(profile.tenant()));
    }
    return decideFor(tenant.get(), profile, at);
  }

  private Decision decideFor(TenantContract tenant, RequestProfile profile, Instant at) {
    String model = profile.model();
    Optional<List<String>> substitutes = tenant.substitutes(model);
    if (substitutes.isEmpty()) {
      return known.offeringsOf(model).isEmpty()
          ? Decision.refused(
              "built-in:contract",
              "UNKNOWN_MODEL",
              "no offering has a model of the name that was asked for; name one of the contract")
          : Decision.refused(
              "built-in:contract",
              "MODEL_NOT_IN_CONTRACT",
              "the contract of tenant %s does not name model %s"
                  .formatted(tenant.tenant().getId(), model));
    }
    Set<String> permits = tenant.offerings(model);
    List<Offering> candidates = new ArrayList<>(known.offeringsOf(model));
    substitutes.get().forEach(substitute -> candidates.addAll(known.offeringsOf(substitute)));
    candidates.removeIf(each -> each.getByContract() && !permits.contains(each.getId()));
    if (candidates.isEmpty()) {
      return Decision.refused(
          "built-in:contract",
          "NO_OFFERING",
          "the contract names model %s, but nothing offers it or a substitute now"
              .formatted(model));
    }
    return engine.decide(profile, candidates.stream().distinct().toList(), permits, at);
  }
}
