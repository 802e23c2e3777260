package io.dualtrack.gateway.access;

import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.Tenant;
import java.util.List;
import java.util.Set;

/**
 * Somebody whom an identity provider vouched for. They have no account in the tenant's record, and
 * a name that no account has unless an operator chose it so.
 *
 * @param tenant of those who run the deployment
 * @param account {@code oidc:} and what the provider calls the person
 * @param roles at least one, and none that a tenant's key may have
 */
public record Person(String tenant, String account, Set<AccessScope> roles) {

  public static final String PREFIX = "oidc:";

  public Person {
    roles = Set.copyOf(roles);
    // An account without scopes would be one that may submit and read.
    if (roles.isEmpty() || !roles.stream().allMatch(Caller::isRole)) {
      throw new IllegalArgumentException("a person at the console has roles, and nothing else");
    }
    if (!account.startsWith(PREFIX)) {
      throw new IllegalArgumentException("a person's account begins with " + PREFIX);
    }
  }

  Caller in(Tenant record) {
    return new Caller(
        record, Account.newBuilder().setId(account).setScopes(List.copyOf(roles)).build(), roles);
  }
}
