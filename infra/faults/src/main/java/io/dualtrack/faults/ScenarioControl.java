package io.dualtrack.faults;

import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.local.stack.ControlDefaults;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantLimits;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/** The shipped control records, with bounds that let a scenario show its faults in minutes. */
final class ScenarioControl {

  private ScenarioControl() {}

  /**
   * @param inFlight lines of its batches that a tenant has in flight at most
   * @param callTimeout after which a call is given up, whole seconds
   */
  static ControlDefaults of(int inFlight, Duration callTimeout) {
    ControlSet shipped = ShippedControl.read();
    List<Tenant> tenants =
        shipped.tenants().stream()
            .map(
                tenant ->
                    Tenant.newBuilder(tenant)
                        .setLimits(TenantLimits.newBuilder().setMaxInFlight(inFlight).build())
                        .build())
            .toList();
    List<Offering> offerings =
        shipped.offerings().stream()
            .map(
                offering ->
                    Offering.newBuilder(offering)
                        .setTimeoutSeconds(Math.toIntExact(callTimeout.toSeconds()))
                        .build())
            .toList();
    ControlSet bounded = shipped.with(new ControlSet(tenants, offerings, List.of(), List.of()));
    return (kafka, registry, key) ->
        new ControlTopics(kafka, registry, Clock.systemUTC()).publish(bounded, key, "scenario");
  }
}
