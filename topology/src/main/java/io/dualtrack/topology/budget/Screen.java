package io.dualtrack.topology.budget;

import io.dualtrack.policy.Decision;
import io.dualtrack.policy.control.ControlSnapshot;
import io.dualtrack.schemas.BudgetHold;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.Discount;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RequestFacts;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Takes out of decisions what a hard budget does not allow. */
public final class Screen {

  /** No room is left in a budget. */
  static final String EXHAUSTED = "BUDGET_EXHAUSTED";

  /** What an offering costs is not known, so it is not used where a budget is hard. */
  static final String UNPRICED = "BUDGET_UNPRICED";

  /** What a request may cost at most is not known. */
  static final String UNBOUNDED = "BUDGET_UNBOUNDED";

  private static final String RULE = "built-in:budget";
  private static final int BAD_REQUEST = 400;
  private static final int FORBIDDEN = 403;
  private static final int TOO_MANY_REQUESTS = 429;

  private final BudgetHold hold;
  private final ControlSnapshot control;
  private final Instant at;
  private final Owed owed;

  Screen(RequestFacts facts, ControlSnapshot control, Instant at) {
    this.hold = facts.getHold();
    this.control = control;
    this.at = at;
    List<Discount> discounts =
        control
            .tenant(facts.getTenant())
            .map(contract -> contract.tenant().getDiscounts())
            .orElse(List.of());
    this.owed = new Owed(control.prices(), discounts);
  }

  /**
   * A decision that is taken again, without what costs more than the request has reserved. A
   * request without a reservation may do what was decided.
   */
  public static Decision reserved(
      RequestFacts facts, Decision decision, ControlSnapshot control, Instant at) {
    BudgetHold hold = facts.getHold();
    if (hold == null || hold.getReserved() == null) {
      return decision;
    }
    Screen screen = new Screen(facts, control, at);
    return screen.strike(
        decision,
        offering -> {
          if (hold.getLocalOnly() && offering.getLane() == Lane.API) {
            return Optional.of(
                reason(EXHAUSTED, "a hard budget left the local lane only to this request"));
          }
          return screen.most(offering) instanceof Owed.Most.Amount most
                  && most.amount().compareTo(hold.getReserved()) > 0
              ? Optional.of(
                  reason(
                      EXHAUSTED,
                      "offering %s may cost more than is reserved in a hard budget for this request"
                          .formatted(offering.getId())))
              : screen.unknown(offering);
        });
  }

  /** HTTP status for the caller of a request that is refused. */
  public static int statusOf(List<Reason> reasons) {
    return switch (reasons.get(0).getCode()) {
      case EXHAUSTED -> TOO_MANY_REQUESTS;
      case UNBOUNDED -> BAD_REQUEST;
      default -> FORBIDDEN;
    };
  }

  static Reason reason(String code, String text) {
    return new Reason(RULE, code, text);
  }

  /** The dearest of some offerings; nothing where it is not known of one of them. */
  Optional<BigDecimal> dearest(Collection<String> offerings) {
    BigDecimal dearest = Owed.NOTHING;
    for (String id : offerings) {
      Optional<Offering> offering = control.offering(id);
      if (offering.isEmpty() || !(most(offering.get()) instanceof Owed.Most.Amount most)) {
        return Optional.empty();
      }
      dearest = dearest.max(most.amount());
    }
    return Optional.of(dearest);
  }

  /** A decision over the offerings whose price is known. */
  Decision known(Decision decision) {
    return strike(decision, this::unknown);
  }

  /** A decision without the API lane, or without any. */
  Decision without(Decision decision, boolean localToo, Reason reason) {
    return strike(
        decision,
        offering ->
            localToo || offering.getLane() == Lane.API ? Optional.of(reason) : Optional.empty());
  }

  private Owed.Most most(Offering offering) {
    return owed.most(offering, hold, at);
  }

  private Optional<Reason> unknown(Offering offering) {
    Owed.Most most = most(offering);
    if (most instanceof Owed.Most.Unpriced) {
      return Optional.of(
          reason(
              UNPRICED,
              "a hard budget needs a price of offering %s, and none is known; publish it"
                  .formatted(offering.getId())));
    }
    if (most instanceof Owed.Most.Unbounded) {
      return Optional.of(
          reason(
              UNBOUNDED,
              "a hard budget needs to know what the request may cost at most at offering %s; set max_completion_tokens and send files as text or images"
                  .formatted(offering.getId())));
    }
    return Optional.empty();
  }

  /** What the budget says comes first, because it is what the caller can change. */
  private Decision strike(Decision decision, Function<Offering, Optional<Reason>> why) {
    List<Candidate> screened = new ArrayList<>(decision.candidates().size());
    Collection<Reason> struck = new LinkedHashSet<>();
    for (Candidate candidate : decision.candidates()) {
      Optional<Reason> reason =
          candidate.getPermitted()
              ? control.offering(candidate.getOffering()).flatMap(why)
              : Optional.empty();
      reason.ifPresent(struck::add);
      screened.add(reason.map(each -> without(candidate, each)).orElse(candidate));
    }
    if (struck.isEmpty()) {
      return decision;
    }
    Decision left = Decision.of(screened);
    if (left instanceof Decision.Refused refused) {
      struck.addAll(refused.reasons());
      return new Decision.Refused(refused.candidates(), List.copyOf(struck));
    }
    return left;
  }

  private static Candidate without(Candidate candidate, Reason reason) {
    List<Reason> reasons = new ArrayList<>(candidate.getReasons());
    reasons.add(reason);
    return Candidate.newBuilder(candidate).setPermitted(false).setReasons(reasons).build();
  }
}
