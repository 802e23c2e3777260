package io.dualtrack.topology.control;

import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.ModelContract;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A tenant's control record, indexed for look-up by account and by model. */
public final class TenantContract {

  private final Tenant tenant;
  private final Map<String, Account> accounts = new HashMap<>();
  private final Map<String, List<String>> substitutes = new HashMap<>();

  public TenantContract(Tenant tenant) {
    this.tenant = tenant;
    tenant.getAccounts().forEach(account -> accounts.put(account.getId(), account));
    for (ModelContract model : tenant.getModels()) {
      substitutes.put(model.getModel(), List.copyOf(model.getSubstitutes()));
    }
  }

  public Tenant tenant() {
    return tenant;
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
}
