package io.dualtrack.bench;

import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.local.stack.ControlDefaults;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantLimits;
import java.time.Clock;
import java.util.List;

/** The shipped control records, but for how many lines of its batches a tenant has in flight. */
public final class LinesInFlight {

  private LinesInFlight() {}

  /**
   * @param most of each tenant
   */
  public static ControlDefaults atMost(int most) {
    ControlSet shipped = ShippedControl.read();
    List<Tenant> tenants =
        shipped.tenants().stream()
            .map(
                tenant ->
                    Tenant.newBuilder(tenant)
                        .setLimits(TenantLimits.newBuilder().setMaxInFlight(most).build())
                        .build())
            .toList();
    ControlSet bounded = shipped.with(new ControlSet(tenants, List.of(), List.of(), List.of()));
    return (kafka, registry, key) ->
        new ControlTopics(kafka, registry, Clock.systemUTC()).publish(bounded, key, "bench");
  }
}
