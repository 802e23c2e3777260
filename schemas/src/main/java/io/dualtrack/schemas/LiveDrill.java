package io.dualtrack.schemas;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * A drill of the kill switch on live requests, as every reader of the control records understands
 * it.
 *
 * @param scope OFFERING, MODEL or PROVIDER
 * @param percent of the requests that are kept away, above 0 to 100
 * @param until it is over from then on, on the clock of whoever asks
 * @param epoch decisions that know of this one know of the drill
 */
public record LiveDrill(
    String id,
    SuspensionScope scope,
    String subject,
    BigDecimal percent,
    Instant until,
    long epoch,
    String reason) {

  /** No drill is longer, whatever its record says. */
  public static final Duration LONGEST = Duration.ofHours(4);

  /** Code of the reasons that a drill gives. */
  public static final String CODE = "DRILL";

  private static final String RULE = "drill:";

  /** The drill that a record of the kill switch holds; empty where it holds none. */
  public static Optional<LiveDrill> of(Suspension record) {
    Drill drill = record.getDrill();
    if (record.getScope() != SuspensionScope.DRILL || drill == null) {
      return Optional.empty();
    }
    Instant last = record.getAt().plus(LONGEST);
    return Optional.of(
        new LiveDrill(
            drill.getId(),
            drill.getScope(),
            drill.getSubject(),
            drill.getPercent(),
            drill.getExpiresAt().isBefore(last) ? drill.getExpiresAt() : last,
            record.getEpoch(),
            record.getReason()));
  }

  public boolean runsAt(Instant at) {
    return at.isBefore(until);
  }

  /** Whether an offering is what the drill takes away; a tenant's drill takes nothing. */
  public boolean concerns(Offering offering) {
    return switch (scope) {
      case OFFERING -> subject.equals(offering.getId());
      case MODEL -> subject.equals(offering.getModel());
      case PROVIDER -> subject.equals(offering.getProvider());
      case TENANT, DRILL -> false;
    };
  }

  /** Whether a request is among those that are kept away. */
  public boolean draws(String requestId) {
    return RequestShare.draws(id, requestId, percent);
  }

  /** What is drilled, for people: model gpt-5.6-sol. */
  public String what() {
    return scope.name().toLowerCase(Locale.ROOT) + " " + subject;
  }

  /** Why a request was kept away. */
  public Reason why() {
    return new Reason(
        RULE + id,
        CODE,
        "%s counts as suspended until %s in drill %s: %s".formatted(what(), until, id, reason));
  }

  /** Id of the drill that gave a reason; empty where another rule did. */
  public static Optional<String> idIn(Reason reason) {
    return reason.getCode().equals(CODE) && reason.getRule().startsWith(RULE)
        ? Optional.of(reason.getRule().substring(RULE.length()))
        : Optional.empty();
  }
}
