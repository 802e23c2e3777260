package io.dualtrack.local.command;

import java.util.List;
import java.util.Optional;

/**
 * In whose name a batch runs: the account that its API key is of, as for every caller of a gateway.
 *
 * @param key the API key
 * @param tenant whose key for local development it is; null where the key was given
 */
record Caller(String key, String tenant) {

  static final String DEFAULT_TENANT = "acme";
  static final String KEY_VARIABLE = "DUALTRACK_API_KEY";

  /** What the local stack's keys begin with; a tenant's name follows. */
  private static final String LOCAL_KEY = "dt-local-";

  // The key must not be in any text.
  @Override
  public String toString() {
    return "Caller[%s]".formatted(tenant);
  }

  /** Whoever the local stack's key of a tenant is of. */
  static Caller ofTenant(String tenant) {
    return new Caller(LOCAL_KEY + tenant, tenant);
  }

  /**
   * Finds the caller. A key on the command line says who it is, then a tenant, then a key in the
   * environment.
   */
  static Caller find(Optional<String> key, Optional<String> tenant, Optional<String> variable) {
    return key.map(Caller::ofKey)
        .or(() -> tenant.map(Caller::ofTenant))
        .or(() -> variable.filter(text -> !text.isBlank()).map(Caller::ofKey))
        .orElseGet(() -> ofTenant(DEFAULT_TENANT));
  }

  private static Caller ofKey(String key) {
    return new Caller(key.strip(), null);
  }

  /**
   * What to do where a gateway does not take the key. Never holds the key.
   *
   * @param tenants those that are published
   */
  String remedy(List<String> tenants) {
    if (tenant != null && !tenants.contains(tenant)) {
      return "no tenant is called '%s'; there are %s"
          .formatted(tenant, tenants.isEmpty() ? "none yet" : String.join(", ", tenants));
    }
    return tenant == null
        ? "no account has this API key; correct it, or name a --tenant of the local stack instead"
        : "tenant '%s' has no key for local development here; give an API key of it with --key, or in %s and without --tenant"
            .formatted(tenant, KEY_VARIABLE);
  }
}
