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

  private static final Set<AccessScope> OF_A_TENANT =
      Set.of(AccessScope.SUBMIT, AccessScope.READ, AccessScope.ADMIN);

  public Caller {
    scopes = Set.copyOf(scopes);
  }

  public String tenantId() {
    return tenant.getId();
  }

  public String accountId() {
    return account.getId();
  }

  /**
   * Whether the key may do this. ADMIN may do everything within its tenant, and has no role of
   * those who run the deployment; every one of these may see what VIEWER sees.
   */
  public boolean may(AccessScope scope) {
    return scopes.contains(scope)
        || OF_A_TENANT.contains(scope) && scopes.contains(AccessScope.ADMIN)
        || scope == AccessScope.VIEWER && !OF_A_TENANT.containsAll(scopes);
  }

  /** A limit of the tenant, or the usual one where its record has none. */
  public <N extends Number> long limit(Function<TenantLimits, N> field, long usual) {
    TenantLimits limits = tenant.getLimits();
    N own = limits == null ? null : field.apply(limits);
    return own == null ? usual : own.longValue();
  }
}
