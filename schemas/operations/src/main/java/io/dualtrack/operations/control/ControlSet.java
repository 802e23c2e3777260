package io.dualtrack.operations.control;

import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Tenant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Records that belong on the control topics. */
public record ControlSet(
    List<Tenant> tenants,
    List<Offering> offerings,
    List<PolicyBundle> policies,
    List<Price> prices,
    List<CurrencyRate> currencies,
    List<AbuseExemption> exemptions) {

  public ControlSet {
    tenants = List.copyOf(tenants);
    offerings = List.copyOf(offerings);
    policies = List.copyOf(policies);
    prices = List.copyOf(prices);
    currencies = List.copyOf(currencies);
    exemptions = List.copyOf(exemptions);
  }

  /** Without rates of currencies and exemptions. */
  public ControlSet(
      List<Tenant> tenants,
      List<Offering> offerings,
      List<PolicyBundle> policies,
      List<Price> prices) {
    this(tenants, offerings, policies, prices, List.of(), List.of());
  }

  public static ControlSet empty() {
    return new ControlSet(List.of(), List.of(), List.of(), List.of());
  }

  public boolean isEmpty() {
    return size() == 0;
  }

  /** These records and those of another set, which stand in for those of the same id. */
  public ControlSet with(ControlSet other) {
    return new ControlSet(
        merged(tenants, other.tenants, Tenant::getId),
        merged(offerings, other.offerings, Offering::getId),
        merged(policies, other.policies, PolicyBundle::getId),
        merged(prices, other.prices, Price::getPriceId),
        merged(currencies, other.currencies, CurrencyRate::getRateId),
        merged(exemptions, other.exemptions, AbuseExemption::getId));
  }

  private static <T> List<T> merged(List<T> old, List<T> more, Function<T, String> id) {
    Map<String, T> all = new LinkedHashMap<>();
    old.forEach(each -> all.put(id.apply(each), each));
    more.forEach(each -> all.put(id.apply(each), each));
    return List.copyOf(all.values());
  }

  /** Number of records. */
  public int size() {
    return tenants.size()
        + offerings.size()
        + policies.size()
        + prices.size()
        + currencies.size()
        + exemptions.size();
  }
}
