package io.dualtrack.operations.control;

import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Reopening;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a command makes of the kill switch. One person may restrict; letting more through again
 * takes two, of whom the first asks and the second approves the very same.
 */
public final class KillSwitch {

  /**
   * A command.
   *
   * @param state what is wanted
   * @param partners tenants that {@code PARTNERS_ONLY} serves beside the offering's own partners
   * @param actor who commands it
   */
  public record Command(
      SuspensionScope scope,
      String id,
      ExportState state,
      List<String> partners,
      String reason,
      String actor) {

    public Command {
      partners = List.copyOf(partners);
      actor = actor.strip();
    }
  }

  /** What came of a command. */
  public sealed interface Outcome {

    /** It is in force. */
    record Applied(Suspension suspension) implements Outcome {}

    /** It waits for a second person; what was in force still is. */
    record Asked(Suspension suspension) implements Outcome {}

    /**
     * Nothing changed.
     *
     * @param why and what to do, for people
     */
    record Denied(String why) implements Outcome {}
  }

  private KillSwitch() {}

  /**
   * @param current the last command on the same thing; empty where it was always open
   * @param nextEpoch above every epoch so far
   */
  public static Outcome decide(
      Optional<Suspension> current, Command command, long nextEpoch, Instant now) {
    if (command.scope() == SuspensionScope.TENANT
        && command.state() != ExportState.OPEN
        && command.state() != ExportState.SUSPENDED) {
      return new Outcome.Denied(
          "a tenant is OPEN or SUSPENDED; %s is for offerings, models and providers"
              .formatted(command.state()));
    }
    if (!command.partners().isEmpty() && command.state() != ExportState.PARTNERS_ONLY) {
      return new Outcome.Denied("partners are for PARTNERS_ONLY; leave them out");
    }
    ExportState state = current.map(KillSwitch::state).orElse(ExportState.OPEN);
    List<String> partners = current.map(Suspension::getPartners).orElse(List.of());
    if (state == command.state() && partners.equals(command.partners())) {
      return new Outcome.Denied(
          "%s is %s already".formatted(name(command), state.name().toLowerCase(Locale.ROOT)));
    }
    if (restricts(state, partners, command)) {
      return new Outcome.Applied(inForce(command, command.actor(), null, nextEpoch, now));
    }
    Optional<Reopening> asked = current.map(Suspension::getReopening);
    if (asked.isEmpty() || !isSame(asked.get(), command)) {
      Suspension waiting =
          Suspension.newBuilder(current.orElseThrow())
              .setReopening(
                  new Reopening(
                      command.state(), command.partners(), command.reason(), command.actor(), now))
              .build();
      return new Outcome.Asked(waiting);
    }
    if (asked.get().getActor().equalsIgnoreCase(command.actor())) {
      return new Outcome.Denied(
          "%s asked for this at %s already; a second person has to approve it"
              .formatted(asked.get().getActor(), asked.get().getAt()));
    }
    return new Outcome.Applied(
        inForce(command, asked.get().getActor(), command.actor(), nextEpoch, now));
  }

  /** What is in force; records of 0.1 know suspended and open only. */
  public static ExportState state(Suspension suspension) {
    if (suspension.getState() != null) {
      return suspension.getState();
    }
    return suspension.getSuspended() ? ExportState.SUSPENDED : ExportState.OPEN;
  }

  /** Whether nobody is served under the command who was not served before it. */
  private static boolean restricts(ExportState state, List<String> partners, Command command) {
    return state == ExportState.OPEN
        || command.state() == ExportState.SUSPENDED
        || state == command.state() && partners.containsAll(command.partners());
  }

  private static boolean isSame(Reopening asked, Command command) {
    return asked.getState() == command.state() && asked.getPartners().equals(command.partners());
  }

  private static Suspension inForce(
      Command command, String actor, String approver, long epoch, Instant now) {
    return Suspension.newBuilder()
        .setScope(command.scope())
        .setId(command.id())
        .setSuspended(command.state() != ExportState.OPEN)
        .setState(command.state())
        .setPartners(command.partners())
        .setReason(command.reason())
        .setActor(actor)
        .setApprover(approver)
        .setAt(now)
        .setEpoch(epoch)
        .build();
  }

  private static String name(Command command) {
    return command.scope().name().toLowerCase(Locale.ROOT) + " " + command.id();
  }
}
