package io.dualtrack.inference.control;

import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What the operators have published, at one moment. Immutable. */
public final class ControlSnapshot {

  public static final ControlSnapshot EMPTY = new ControlSnapshot(Map.of(), Map.of());

  private record Target(SuspensionScope scope, String id) {}

  private final Map<String, Offering> offerings;
  private final Map<Target, Suspension> commands;
  private final boolean anySuspended;

  private ControlSnapshot(Map<String, Offering> offerings, Map<Target, Suspension> commands) {
    this.offerings = offerings;
    this.commands = commands;
    this.anySuspended = commands.values().stream().anyMatch(Suspension::getSuspended);
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
   * Why no call may be made for a tenant to an offering now, as a sentence; empty where it may be
   * made.
   */
  public Optional<String> suspended(Offering offering, String tenant) {
    if (offering.getExportState() == ExportState.SUSPENDED) {
      return Optional.of("the export state of offering " + offering.getId() + " is SUSPENDED");
    }
    if (!anySuspended) {
      return Optional.empty();
    }
    return suspended(SuspensionScope.OFFERING, offering.getId())
        .or(() -> suspended(SuspensionScope.MODEL, offering.getModel()))
        .or(() -> suspended(SuspensionScope.PROVIDER, offering.getProvider()))
        .or(() -> suspended(SuspensionScope.TENANT, tenant));
  }

  private Optional<String> suspended(SuspensionScope scope, String id) {
    return Optional.ofNullable(commands.get(new Target(scope, id)))
        .filter(Suspension::getSuspended)
        .map(
            suspension ->
                "%s %s is suspended since epoch %d: %s"
                    .formatted(
                        scope.name().toLowerCase(Locale.ROOT),
                        id,
                        suspension.getEpoch(),
                        suspension.getReason()));
  }

  /** This, with an offering that is new or changed. */
  public ControlSnapshot with(Offering offering) {
    Map<String, Offering> changed = new HashMap<>(offerings);
    changed.put(offering.getId(), offering);
    return new ControlSnapshot(changed, commands);
  }

  ControlSnapshot withoutOffering(String id) {
    Map<String, Offering> changed = new HashMap<>(offerings);
    changed.remove(id);
    return new ControlSnapshot(changed, commands);
  }

  /** This, after a command; one that is older than the one in force is ignored. */
  public ControlSnapshot with(Suspension command) {
    Target target = new Target(command.getScope(), command.getId());
    Suspension known = commands.get(target);
    return known != null && known.getEpoch() > command.getEpoch()
        ? this
        : withCommand(target, command);
  }

  private ControlSnapshot withCommand(Target target, Suspension command) {
    Map<Target, Suspension> changed = new HashMap<>(commands);
    changed.put(target, command);
    return new ControlSnapshot(offerings, changed);
  }

  /**
   * @param key the record's key: scope, colon, id
   */
  ControlSnapshot withoutSuspension(String key) {
    Map<Target, Suspension> changed = new HashMap<>(commands);
    target(key).ifPresent(changed::remove);
    return new ControlSnapshot(offerings, changed);
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
                        .setEpoch(0)
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
