package io.dualtrack.policy.control;

import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.Budget;
import io.dualtrack.schemas.Fingerprints;
import io.dualtrack.schemas.ModelContract;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A tenant's control record, indexed for look-up by account and by model. */
public final class TenantContract {

  private final Tenant tenant;
  private final String fingerprint;
  private final Map<String, Account> accounts = new HashMap<>();
  private final Map<String, List<String>> substitutes = new HashMap<>();
  private final Map<String, Set<String>> offerings = new HashMap<>();

  public TenantContract(Tenant tenant) {
    this.tenant = tenant;
    this.fingerprint = Fingerprints.of(tenant);
    tenant.getAccounts().forEach(account -> accounts.put(account.getId(), account));
    for (ModelContract model : tenant.getModels()) {
      substitutes.put(model.getModel(), List.copyOf(model.getSubstitutes()));
      offerings.put(model.getModel(), Set.copyOf(model.getOfferings()));
    }
  }

  public Tenant tenant() {
    return tenant;
  }

  /** See {@link Fingerprints}. */
  public String fingerprint() {
    return fingerprint;
  }

  /**
   * The hard budgets that hold a request.
   *
   * @param costCentre null for none
   */
  public List<Budget> hardBudgets(String costCentre) {
    return tenant.getBudgets().stream()
        .filter(Budget::getHard)
        .filter(
            budget -> budget.getCostCentre() == null || budget.getCostCentre().equals(costCentre))
        .toList();
  }

  public boolean cutOff() {
    return tenant.getStatus() != TenantStatus.ACTIVE;
  }

  public Optional<Account> account(String id) {
    return Optional.ofNullable(accounts.get(id));
  }

  /** What may stand in for a model, in order; empty where the contract does not name the model. */
  public Optional<List<String>> substitutes(String model) {
    return Optional.ofNullable(substitutes.get(model));
  }

  /** Ids of the offerings that the contract permits by name for a model and its substitutes. */
  public Set<String> offerings(String model) {
    return offerings.getOrDefault(model, Set.of());
  }
}
