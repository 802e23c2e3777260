package io.dualtrack.local.control;

import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Tenant;
import java.util.List;

/** Records that belong on the control topics. */
public record ControlSet(
    List<Tenant> tenants,
    List<Offering> offerings,
    List<PolicyBundle> policies,
    List<Price> prices) {

  public ControlSet {
    tenants = List.copyOf(tenants);
    offerings = List.copyOf(offerings);
    policies = List.copyOf(policies);
    prices = List.copyOf(prices);
  }

  public static ControlSet empty() {
    return new ControlSet(List.of(), List.of(), List.of(), List.of());
  }

  public boolean isEmpty() {
    return size() == 0;
  }

  /** Number of records. */
  public int size() {
    return tenants.size() + offerings.size() + policies.size() + prices.size();
  }
}
