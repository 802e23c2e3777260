package io.dualtrack.gateway.access;

import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantLimits;
import java.util.EnumSet;
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

  /** An account whose record names no scope may submit and read. */
  static Caller of(Tenant tenant, Account account) {
    return new Caller(
        tenant,
        account,
        account.getScopes().isEmpty()
            ? EnumSet.of(AccessScope.SUBMIT, AccessScope.READ)
            : EnumSet.copyOf(account.getScopes()));
  }

  /** Of those who run the deployment, and of no tenant's key by {@code ADMIN}. */
  public static boolean isRole(AccessScope scope) {
    return !OF_A_TENANT.contains(scope);
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
