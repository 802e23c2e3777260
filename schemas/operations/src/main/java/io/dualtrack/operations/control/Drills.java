package io.dualtrack.operations.control;

import io.dualtrack.schemas.Drill;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;

/**
 * What a command makes of drills on live requests. One person may begin and end one: it only keeps
 * requests away, and its end only brings back what the suspensions beside it let through.
 */
public final class Drills {

  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
  private static final int SCALE = 18;

  /**
   * A drill that is wanted.
   *
   * @param id unique for ever
   * @param percent of the requests, above 0 to 100
   */
  public record Command(
      String id,
      SuspensionScope scope,
      String subject,
      Duration length,
      BigDecimal percent,
      String reason,
      String actor) {}

  /** What came of a command. */
  public sealed interface Outcome {

    /** It runs. */
    record Begun(Suspension record) implements Outcome {}

    /**
     * Nothing changed.
     *
     * @param why and what to do, for people
     */
    record Denied(String why) implements Outcome {}
  }

  private Drills() {}

  /**
   * @param known the last command on each thing
   * @param nextEpoch above every epoch so far
   */
  public static Outcome begin(
      Collection<Suspension> known, Command command, long nextEpoch, Instant now) {
    if (command.scope() == SuspensionScope.TENANT || command.scope() == SuspensionScope.DRILL) {
      return new Outcome.Denied(
          "a tenant's requests have nowhere to go to, so there is nothing to drill; see what would be refused with: dualtrack drill tenant %s"
              .formatted(command.subject()));
    }
    if (command.percent().signum() <= 0 || command.percent().compareTo(HUNDRED) > 0) {
      return new Outcome.Denied("the share must be above 0% and at most 100%");
    }
    if (command.length().compareTo(Duration.ofSeconds(1)) < 0
        || command.length().compareTo(LiveDrill.LONGEST) > 0) {
      return new Outcome.Denied("a drill takes 1s to %dh".formatted(LiveDrill.LONGEST.toHours()));
    }
    Optional<LiveDrill> running =
        on(known, command.scope(), command.subject())
            .flatMap(LiveDrill::of)
            .filter(drill -> drill.runsAt(now));
    if (running.isPresent()) {
      return new Outcome.Denied(
          "drill %s of %s runs until %s"
              .formatted(running.get().id(), running.get().what(), running.get().until()));
    }
    boolean suspended =
        known.stream()
            .filter(each -> each.getScope() == command.scope())
            .filter(each -> each.getId().equals(command.subject()))
            .anyMatch(each -> KillSwitch.state(each) == ExportState.SUSPENDED);
    if (suspended) {
      return new Outcome.Denied(
          "it is suspended already, so a drill would show nothing of %s"
              .formatted(command.subject()));
    }
    return new Outcome.Begun(
        record(
            new Drill(
                command.id(),
                command.scope(),
                command.subject(),
                command.percent().setScale(SCALE, RoundingMode.UNNECESSARY),
                now.plus(command.length())),
            command.reason(),
            command.actor(),
            nextEpoch,
            now));
  }

  /**
   * Ends a drill before its time.
   *
   * @return empty where it is over already, or another one runs there
   */
  public static Optional<Suspension> end(
      Collection<Suspension> known, LiveDrill drill, String actor, long nextEpoch, Instant now) {
    return on(known, drill.scope(), drill.subject())
        .filter(each -> each.getDrill().getId().equals(drill.id()))
        .filter(each -> LiveDrill.of(each).orElseThrow().runsAt(now))
        .map(
            each ->
                record(
                    Drill.newBuilder(each.getDrill()).setExpiresAt(now).build(),
                    each.getReason(),
                    actor,
                    nextEpoch,
                    now));
  }

  private static Optional<Suspension> on(
      Collection<Suspension> known, SuspensionScope scope, String subject) {
    return known.stream()
        .filter(each -> each.getScope() == SuspensionScope.DRILL && each.getDrill() != null)
        .filter(each -> each.getDrill().getScope() == scope)
        .filter(each -> each.getDrill().getSubject().equals(subject))
        .findFirst();
  }

  /** Beside the suspension of the same thing, under a key of its own. */
  private static Suspension record(
      Drill drill, String reason, String actor, long epoch, Instant now) {
    return Suspension.newBuilder()
        .setScope(SuspensionScope.DRILL)
        .setId(drill.getScope() + ":" + drill.getSubject())
        .setSuspended(false)
        .setState(ExportState.OPEN)
        .setReason(reason)
        .setActor(actor)
        .setAt(now)
        .setEpoch(epoch)
        .setDrill(drill)
        .build();
  }
}
