package io.dualtrack.gateway.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dualtrack.schemas.Tenant;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Function;

/**
 * Who is signed in at the console of this gateway.
 *
 * <p>The session of a key holds no rights: it names the account whose key was shown, and what that
 * may do is looked up at every call. So it ends when the account, its key or its tenant does. That
 * of a person has the roles that the identity provider gave reason for, and is short for it: what
 * is taken away there is not told here. A session is known by the hash of its token, and only to
 * the gateway that began it.
 */
public final class Sessions {

  /** Name of the cookie that holds the token. */
  public static final String COOKIE = "dualtrack_session";

  /** Header that a change must repeat {@link Session#csrf()} in. */
  public static final String CSRF_HEADER = "X-CSRF-Token";

  private static final long MOST = 10_000;
  private static final Duration IDLE = Duration.ofMinutes(30);
  private static final Duration LONGEST = Duration.ofHours(10);
  private static final Duration OF_A_PERSON = Duration.ofHours(1);
  private static final int BYTES = 32;

  /**
   * @param who in the tenant's record of now; empty where the account or its key is gone
   * @param csrf what only a page of this origin can know
   */
  record Session(
      String tenant, Function<Tenant, Optional<Caller>> who, String csrf, Instant until) {}

  /**
   * A session that was begun.
   *
   * @param token for the cookie, and nowhere else
   */
  public record Started(String token, String csrf) {
    /** Without either: they would end up in a log. */
    @Override
    public String toString() {
      return "Started";
    }
  }

  private final Cache<String, Session> sessions =
      Caffeine.newBuilder().maximumSize(MOST).expireAfterAccess(IDLE).build();
  private final SecureRandom random = new SecureRandom();
  private final InstantSource clock;

  public Sessions(InstantSource clock) {
    this.clock = clock;
  }

  /** Begins the session of a key. */
  public Started start(Caller caller) {
    String account = caller.accountId();
    String keyHash = caller.account().getKeyHash();
    return start(
        caller.tenantId(),
        tenant ->
            tenant.getAccounts().stream()
                .filter(each -> each.getId().equals(account) && keyHash.equals(each.getKeyHash()))
                .findFirst()
                .map(each -> Caller.of(tenant, each)),
        LONGEST);
  }

  /** Begins the session of somebody whom an identity provider vouched for. */
  public Started start(Person person) {
    return start(person.tenant(), tenant -> Optional.of(person.in(tenant)), OF_A_PERSON);
  }

  private Started start(String tenant, Function<Tenant, Optional<Caller>> who, Duration longest) {
    String token = secret();
    String csrf = secret();
    sessions.put(name(token), new Session(tenant, who, csrf, clock.instant().plus(longest)));
    return new Started(token, csrf);
  }

  /** Empty where it never began, or ended. */
  Optional<Session> find(String token) {
    return Optional.ofNullable(sessions.getIfPresent(name(token)))
        .filter(session -> clock.instant().isBefore(session.until()));
  }

  /** What a page must repeat when it changes something; empty where there is no such session. */
  public Optional<String> csrf(String token) {
    return find(token).map(Session::csrf);
  }

  public void end(String token) {
    sessions.invalidate(name(token));
  }

  private String secret() {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static String name(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }
}
