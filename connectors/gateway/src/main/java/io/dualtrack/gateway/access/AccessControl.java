package io.dualtrack.gateway.access;

import io.dualtrack.gateway.control.ControlSnapshot;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantLimits;
import io.dualtrack.schemas.TenantStatus;
import io.github.bucket4j.TimeMeter;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Finds out who calls, and whether they may. */
public final class AccessControl {

  /** Of a tenant whose contract names no limit. */
  private static final long USUAL_PER_MINUTE = 60_000;

  private static final int LONGEST_KEY = 512;
  private static final String BEARER = "Bearer ";

  private final Supplier<ControlSnapshot> control;
  private final KeyVerifier verifier = new KeyVerifier();
  private final RateLimits limits = new RateLimits(TimeMeter.SYSTEM_NANOTIME);
  private volatile Indexed indexed = new Indexed(Map.of(), new KeyBook(Set.of()));

  private record Indexed(Map<String, Tenant> tenants, KeyBook keys) {}

  public AccessControl(Supplier<ControlSnapshot> control) {
    this.control = control;
  }

  /**
   * @param authorization header of OpenAI's clients; null for none
   * @param apiKey header {@code x-api-key} of Anthropic's clients; null for none
   * @throws io.dualtrack.gateway.error.ApiException with 401 for a key that nobody has, 403 for a
   *     tenant that is cut off or a key without the scope, 429 beyond the tenant's limit
   */
  public Caller admit(String authorization, String apiKey, AccessScope needed) {
    Caller caller = identify(key(authorization, apiKey));
    if (caller.tenant().getStatus() != TenantStatus.ACTIVE
        || control.get().suspended(caller.tenantId())) {
      throw ApiError.forbidden(
              "tenant_cut_off", "This organisation is cut off; its administrator knows why.")
          .toException();
    }
    limits.take(
        caller.tenantId(), caller.limit(TenantLimits::getRequestsPerMinute, USUAL_PER_MINUTE));
    if (!caller.may(needed)) {
      throw ApiError.forbidden(
              "insufficient_permissions",
              "This key has no scope '%s'.".formatted(needed.name().toLowerCase(Locale.ROOT)))
          .toException();
    }
    return caller;
  }

  private Caller identify(String key) {
    for (KeyBook.Entry entry : keys().candidates(key)) {
      if (verifier.matches(key, entry.account().getKeyHash())) {
        return new Caller(entry.tenant(), entry.account(), scopes(entry));
      }
    }
    throw ApiError.unauthenticated("Incorrect API key provided.").toException();
  }

  private static Set<AccessScope> scopes(KeyBook.Entry entry) {
    return entry.account().getScopes().isEmpty()
        ? EnumSet.of(AccessScope.SUBMIT, AccessScope.READ)
        : EnumSet.copyOf(entry.account().getScopes());
  }

  private KeyBook keys() {
    Map<String, Tenant> tenants = control.get().tenants();
    Indexed current = indexed;
    if (current.tenants() != tenants) {
      current = new Indexed(tenants, new KeyBook(tenants.values()));
      indexed = current;
    }
    return current.keys();
  }

  private static String key(String authorization, String apiKey) {
    String key = apiKey;
    if (authorization != null) {
      key =
          authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
              ? authorization.substring(BEARER.length())
              : null;
    }
    if (key == null || key.isBlank() || key.length() > LONGEST_KEY) {
      throw ApiError.unauthenticated(
              "You didn't provide an API key. Send it as 'Authorization: Bearer KEY' or as"
                  + " 'x-api-key: KEY'.")
          .toException();
    }
    return key.strip();
  }
}
