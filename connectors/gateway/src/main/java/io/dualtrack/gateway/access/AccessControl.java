package io.dualtrack.gateway.access;

import io.dualtrack.gateway.control.ControlSnapshot;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.error.ApiException;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantLimits;
import io.dualtrack.schemas.TenantStatus;
import io.github.bucket4j.TimeMeter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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

  private final Sessions sessions;

  public AccessControl(Supplier<ControlSnapshot> control, Sessions sessions) {
    this.control = control;
    this.sessions = sessions;
  }

  /**
   * @param authorization header of OpenAI's clients; null for none
   * @param apiKey header {@code x-api-key} of Anthropic's clients; null for none
   * @param needed scope that the key must have; null where any key will do
   * @throws io.dualtrack.gateway.error.ApiException with 401 for a key that nobody has, 403 for a
   *     tenant that is cut off or a key without the scope, 429 beyond the tenant's limit
   */
  public Caller admit(String authorization, String apiKey, AccessScope needed) {
    return admit(identify(key(authorization, apiKey)), needed);
  }

  /**
   * Who is signed in at the console.
   *
   * @param token of the session's cookie
   * @param csrf what the call repeats of the session's secret; null for none
   * @param changes whether the call may change something
   * @param needed scope that the key must have; null where any key will do
   * @throws io.dualtrack.gateway.error.ApiException as {@link #admit(String, String, AccessScope)},
   *     with 401 for a session that ended and 403 for a change that a page of another origin may
   *     have caused
   */
  public Caller admitSession(String token, String csrf, boolean changes, AccessScope needed) {
    Sessions.Session session = sessions.find(token).orElseThrow(AccessControl::sessionEnded);
    if (changes
        && (csrf == null
            || !MessageDigest.isEqual(
                csrf.getBytes(StandardCharsets.UTF_8),
                session.csrf().getBytes(StandardCharsets.UTF_8)))) {
      throw ApiError.forbidden(
              "csrf_token_missing",
              "A change by cookie must repeat the session's token in %s."
                  .formatted(Sessions.CSRF_HEADER))
          .toException();
    }
    return admit(caller(session).orElseThrow(AccessControl::sessionEnded), needed);
  }

  private static ApiException sessionEnded() {
    return new ApiException(
        new ApiError(401, "invalid_request_error", "session_ended", null, "Sign in again.", null));
  }

  private Optional<Caller> caller(Sessions.Session session) {
    return Optional.ofNullable(control.get().tenants().get(session.tenant()))
        .flatMap(session.who());
  }

  private Caller admit(Caller caller, AccessScope needed) {
    if (caller.tenant().getStatus() != TenantStatus.ACTIVE
        || control.get().suspended(caller.tenantId())) {
      throw ApiError.forbidden(
              "tenant_cut_off", "This organisation is cut off; its administrator knows why.")
          .toException();
    }
    limits.take(
        caller.tenantId(), caller.limit(TenantLimits::getRequestsPerMinute, USUAL_PER_MINUTE));
    if (needed != null && !caller.may(needed)) {
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
        return Caller.of(entry.tenant(), entry.account());
      }
    }
    throw ApiError.unauthenticated("Incorrect API key provided.").toException();
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
