package io.dualtrack.local.command;

import com.password4j.Argon2Function;
import com.password4j.Password;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.Tenant;
import java.util.List;
import java.util.Optional;

/** In whose name a batch runs. */
record Caller(String tenant, String account) {

  static final String DEFAULT_TENANT = "acme";

  /** Nobody of that name, or a key of nobody. The message never holds the key. */
  static final class UnknownCallerException extends Exception {
    UnknownCallerException(String message) {
      super(message);
    }
  }

  /**
   * Finds the caller. A key says who it is; without one the named tenant and account, or the first
   * account of the tenant, is believed: who can write to the broker can say what he likes anyway.
   *
   * @param tenants the tenants that are published
   */
  static Caller find(
      Optional<String> tenant, Optional<String> account, Optional<String> key, List<Tenant> tenants)
      throws UnknownCallerException {
    if (key.isPresent()) {
      return ofKey(tenant, account, key.get().strip(), tenants);
    }
    String id = tenant.orElse(DEFAULT_TENANT);
    Tenant found =
        tenants.stream()
            .filter(each -> each.getId().equals(id))
            .findFirst()
            .orElseThrow(
                () ->
                    new UnknownCallerException(
                        "no tenant is called '%s'; there are %s"
                            .formatted(id, names(tenants.stream().map(Tenant::getId).toList()))));
    List<String> accounts = found.getAccounts().stream().map(Account::getId).toList();
    if (account.isPresent() && !accounts.contains(account.get())) {
      throw new UnknownCallerException(
          "tenant '%s' has no account '%s'; it has %s"
              .formatted(id, account.get(), names(accounts)));
    }
    return new Caller(id, account.orElse(accounts.get(0)));
  }

  private static Caller ofKey(
      Optional<String> tenant, Optional<String> account, String key, List<Tenant> tenants)
      throws UnknownCallerException {
    for (Tenant each : tenants) {
      for (Account owner : each.getAccounts()) {
        if (isKeyOf(key, owner)) {
          if (tenant.filter(named -> !named.equals(each.getId())).isPresent()
              || account.filter(named -> !named.equals(owner.getId())).isPresent()) {
            throw new UnknownCallerException(
                "the API key is of %s/%s; leave --tenant and --account out, or give their key"
                    .formatted(each.getId(), owner.getId()));
          }
          return new Caller(each.getId(), owner.getId());
        }
      }
    }
    throw new UnknownCallerException(
        "no account has this API key; correct it, or name a --tenant instead");
  }

  private static String names(List<String> names) {
    return names.isEmpty() ? "none yet" : String.join(", ", names);
  }

  /** Hashing is slow on purpose, so only the account that the key begins like is tried. */
  private static boolean isKeyOf(String key, Account account) {
    return account.getKeyHash() != null
        && account.getKeyPrefix() != null
        && key.startsWith(account.getKeyPrefix())
        && Password.check(key, account.getKeyHash())
            .with(Argon2Function.getInstanceFromHash(account.getKeyHash()));
  }
}
