package io.dualtrack.inference.control;

import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the operators have published, at one moment. Immutable but for the suspended accounts, which
 * are those of now.
 */
public final class ControlSnapshot {

  public static final ControlSnapshot EMPTY = new ControlSnapshot(Map.of(), Map.of(), null);

  private record Target(SuspensionScope scope, String id) {}

  private final Map<String, Offering> offerings;
  private final Map<Target, Suspension> commands;

  /** Null where nobody follows accounts. */
  private final SuspendedAccounts accounts;

  private final boolean anyRestricted;
  private final List<LiveDrill> drills;
  private final long epoch;

  private ControlSnapshot(
      Map<String, Offering> offerings,
      Map<Target, Suspension> commands,
      SuspendedAccounts accounts) {
    this.offerings = offerings;
    this.commands = commands;
    this.accounts = accounts;
    this.anyRestricted =
        commands.values().stream().anyMatch(command -> state(command) != ExportState.OPEN);
    this.drills =
        commands.values().stream().flatMap(command -> LiveDrill.of(command).stream()).toList();
    this.epoch =
        commands.values().stream()
            .mapToLong(Suspension::getEpoch)
            .filter(each -> each != Halt.FOR_GOOD)
            .max()
            .orElse(0);
  }

  /** An offering of a lane that is in effect at an instant; empty where it is unknown. */
  public Optional<Offering> offering(String id, Lane lane, Instant at) {
    return Optional.ofNullable(offerings.get(id))
        .filter(offering -> offering.getLane() == lane)
        .filter(offering -> !at.isBefore(offering.getEffectiveFrom()))
        .filter(
            offering ->
                offering.getEffectiveTo() == null || at.isBefore(offering.getEffectiveTo()));
  }

  /**
   * Whether an order may still be written, or go on where it is written already: the one question
   * to ask before each write and at each change. A restriction that the order's decision knew of
   * has been judged there; a suspension stops whatever it knew.
   *
   * @param now that drills are held against
   * @return why not; empty where it may
   */
  public Optional<Halt> halt(Offering offering, DispatchOrder order, Instant now) {
    Optional<Halt> halt = halt(offering, order.getTenant(), order.getSuspensionEpoch());
    if (halt.isEmpty() && accounts != null) {
      halt = accounts.halt(order, now);
    }
    return halt.isEmpty() && !drills.isEmpty() ? drill(offering, order, now) : halt;
  }

  /**
   * A drill stops what was decided before it. What was decided under it may go on: then the request
   * is not drawn, or the drill was over there; stopping it again would send it to and fro for as
   * long as two clocks differ.
   */
  private Optional<Halt> drill(Offering offering, DispatchOrder order, Instant now) {
    return drills.stream()
        .filter(drill -> order.getSuspensionEpoch() < drill.epoch())
        .filter(drill -> drill.runsAt(now) && drill.concerns(offering))
        .filter(drill -> drill.draws(order.getRequestId()))
        .findFirst()
        .map(drill -> new Halt(drill.why().getText(), drill.epoch()));
  }

  /**
   * The same for work of a tenant that no single decision permitted: whatever restricts it counts,
   * but no drill, which is about single requests.
   */
  public Optional<Halt> halt(Offering offering, String tenant) {
    return halt(offering, tenant, 0);
  }

  private Optional<Halt> halt(Offering offering, String tenant, long judged) {
    if (offering.getExportState() == ExportState.SUSPENDED) {
      return Optional.of(
          new Halt(
              "the export state of offering " + offering.getId() + " is SUSPENDED", Halt.FOR_GOOD));
    }
    if (!anyRestricted) {
      return Optional.empty();
    }
    return halt(new Target(SuspensionScope.OFFERING, offering.getId()), offering, tenant, judged)
        .or(
            () ->
                halt(
                    new Target(SuspensionScope.MODEL, offering.getModel()),
                    offering,
                    tenant,
                    judged))
        .or(
            () ->
                halt(
                    new Target(SuspensionScope.PROVIDER, offering.getProvider()),
                    offering,
                    tenant,
                    judged))
        .or(() -> halt(new Target(SuspensionScope.TENANT, tenant), offering, tenant, judged));
  }

  private Optional<Halt> halt(Target target, Offering offering, String tenant, long judgedUntil) {
    return Optional.ofNullable(commands.get(target))
        .filter(command -> stops(command, offering, tenant, judgedUntil >= command.getEpoch()))
        .map(
            command ->
                new Halt(
                    "%s %s is %s since epoch %d: %s"
                        .formatted(
                            target.scope().name().toLowerCase(Locale.ROOT),
                            target.id(),
                            state(command),
                            command.getEpoch(),
                            command.getReason()),
                    command.getEpoch()));
  }

  /**
   * @param judged whether a decision knew of the command
   */
  private static boolean stops(
      Suspension command, Offering offering, String tenant, boolean judged) {
    return switch (state(command)) {
      case OPEN -> false;
      case PARTNERS_ONLY ->
          !judged
              && !command.getPartners().contains(tenant)
              && !offering.getPartners().contains(tenant);
      // Nothing here knows who is a US person: the topology decides again.
      case US_PERSONS_ONLY -> !judged;
      case SUSPENDED -> true;
    };
  }

  /** What a command put in force; those of 0.1 know suspended and open only. */
  private static ExportState state(Suspension command) {
    if (command.getState() != null) {
      return command.getState();
    }
    return command.getSuspended() ? ExportState.SUSPENDED : ExportState.OPEN;
  }

  /** Highest epoch of any command known; 0 where there is none. */
  public long epoch() {
    return epoch;
  }

  /** When the newest command was given; {@link Instant#EPOCH} where there is none. */
  public Instant commandedAt() {
    return commands.values().stream()
        .filter(command -> command.getEpoch() == epoch)
        .map(Suspension::getAt)
        .max(Comparator.naturalOrder())
        .orElse(Instant.EPOCH);
  }

  /** This, with accounts that may be suspended. */
  ControlSnapshot with(SuspendedAccounts suspended) {
    return new ControlSnapshot(offerings, commands, suspended);
  }

  /** This, with an offering that is new or changed. */
  public ControlSnapshot with(Offering offering) {
    Map<String, Offering> changed = new HashMap<>(offerings);
    changed.put(offering.getId(), offering);
    return new ControlSnapshot(changed, commands, accounts);
  }

  ControlSnapshot withoutOffering(String id) {
    Map<String, Offering> changed = new HashMap<>(offerings);
    changed.remove(id);
    return new ControlSnapshot(changed, commands, accounts);
  }

  /** This, after a command; one that is older than the one in force is ignored. */
  public ControlSnapshot with(Suspension command) {
    Target target = new Target(command.getScope(), command.getId());
    Suspension known = commands.get(target);
    boolean older =
        known != null && known.getEpoch() != Halt.FOR_GOOD && known.getEpoch() > command.getEpoch();
    return older ? this : withCommand(target, command);
  }

  private ControlSnapshot withCommand(Target target, Suspension command) {
    Map<Target, Suspension> changed = new HashMap<>(commands);
    changed.put(target, command);
    return new ControlSnapshot(offerings, changed, accounts);
  }

  /**
   * @param key the record's key: scope, colon, id
   */
  ControlSnapshot withoutSuspension(String key) {
    Map<Target, Suspension> changed = new HashMap<>(commands);
    target(key).ifPresent(changed::remove);
    return new ControlSnapshot(offerings, changed, accounts);
  }

  /**
   * A command that cannot be read may have been a suspension, so it is taken for one.
   *
   * @param key the record's key: scope, colon, id
   */
  ControlSnapshot withUnreadableSuspension(String key, Instant at) {
    return target(key)
        .map(
            target ->
                withCommand(
                    target,
                    Suspension.newBuilder()
                        .setScope(target.scope())
                        .setId(target.id())
                        .setSuspended(true)
                        .setReason("the last command cannot be read")
                        .setActor("dispatcher")
                        .setAt(at)
                        .setEpoch(Halt.FOR_GOOD)
                        .build()))
        .orElse(this);
  }

  private static Optional<Target> target(String key) {
    int colon = key.indexOf(':');
    for (SuspensionScope scope : SuspensionScope.values()) {
      if (colon > 0 && scope.name().equals(key.substring(0, colon))) {
        return Optional.of(new Target(scope, key.substring(colon + 1)));
      }
    }
    return Optional.empty();
  }
}
