package io.dualtrack.gateway.access;

import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantLimits;
import java.util.Set;
import java.util.function.Function;

/**
 * Who makes a call: an account of a tenant, as their control record stood when the call came.
 *
 * @param scopes what the account's key may do, never empty
 */
public record Caller(Tenant tenant, Account account, Set<AccessScope> scopes) {

  public Caller {
    scopes = Set.copyOf(scopes);
  }

  public String tenantId() {
    return tenant.getId();
  }

  public String accountId() {
    return account.getId();
  }

  /** Whether the key may do this; ADMIN may do everything. */
  public boolean may(AccessScope scope) {
    return scopes.contains(scope) || scopes.contains(AccessScope.ADMIN);
  }

  /** A limit of the tenant, or the usual one where its record has none. */
  public <N extends Number> long limit(Function<TenantLimits, N> field, long usual) {
    TenantLimits limits = tenant.getLimits();
    N own = limits == null ? null : field.apply(limits);
    return own == null ? usual : own.longValue();
  }
}
