package io.dualtrack.gateway.control;

import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Tenant;
import java.util.HashMap;
import java.util.Map;

/**
 * The control records that a gateway knows, each by its key.
 *
 * @param suspensions by scope and id, as their topic has them
 */
public record ControlSnapshot(
    Map<String, Tenant> tenants,
    Map<String, Offering> offerings,
    Map<String, Suspension> suspensions) {

  static final ControlSnapshot EMPTY = new ControlSnapshot(Map.of(), Map.of(), Map.of());

  public ControlSnapshot {
    tenants = Map.copyOf(tenants);
    offerings = Map.copyOf(offerings);
    suspensions = Map.copyOf(suspensions);
  }

  /** Whether the kill switch is pulled for a tenant; every restriction of a tenant is a cut. */
  public boolean suspended(String tenant) {
    return suspensions.values().stream()
        .anyMatch(
            each ->
                each.getScope() == SuspensionScope.TENANT
                    && each.getId().equals(tenant)
                    && inForce(each) != ExportState.OPEN);
  }

  /** What a command put in force; those of 0.1 know suspended and open only. */
  public static ExportState inForce(Suspension suspension) {
    if (suspension.getState() != null) {
      return suspension.getState();
    }
    return suspension.getSuspended() ? ExportState.SUSPENDED : ExportState.OPEN;
  }

  ControlSnapshot withTenant(String id, Tenant tenant) {
    return new ControlSnapshot(changed(tenants, id, tenant), offerings, suspensions);
  }

  ControlSnapshot withOffering(String id, Offering offering) {
    return new ControlSnapshot(tenants, changed(offerings, id, offering), suspensions);
  }

  ControlSnapshot withSuspension(String id, Suspension suspension) {
    return new ControlSnapshot(tenants, offerings, changed(suspensions, id, suspension));
  }

  private static <V> Map<String, V> changed(Map<String, V> records, String key, V value) {
    Map<String, V> next = new HashMap<>(records);
    if (value == null) {
      next.remove(key);
    } else {
      next.put(key, value);
    }
    return next;
  }
}
