package io.dualtrack.gateway.signin;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.Nonce;
import io.dualtrack.gateway.access.Person;
import io.dualtrack.gateway.signin.SignInRefused.Problem;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Signing in by OpenID Connect: authorization code flow with PKCE (RFC 7636), state and nonce.
 *
 * <p>What was begun is in memory, as sessions are, can be completed once, and by the browser alone
 * that began it: it alone has the state in a cookie.
 */
final class OidcSignIn {

  static final Duration TIME = Duration.ofMinutes(10);

  private static final long MOST = 10_000;
  private static final int AT_A_TIME = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /**
   * @param state for the browser's cookie
   */
  record Begun(URI address, String state) {}

  /**
   * What a browser comes back with; each null where it is not there.
   *
   * @param issuer as RFC 9207 has it
   */
  record Returned(String state, String code, String error, String issuer) {}

  private record Pending(Nonce nonce, CodeVerifier verifier) {}

  private final Cache<String, Pending> pending =
      Caffeine.newBuilder().maximumSize(MOST).expireAfterWrite(TIME).build();
  private final Semaphore places = new Semaphore(AT_A_TIME);
  private final OidcSettings.File settings;
  private final OidcProvider provider;
  private final ClaimRules rules;

  OidcSignIn(OidcSettings settings, InstantSource clock) {
    this.settings = settings.file();
    this.provider = new OidcProvider(settings, clock);
    this.rules = new ClaimRules(settings.file());
  }

  Begun begin() throws SignInRefused {
    State state = new State();
    Nonce nonce = new Nonce();
    CodeVerifier verifier = new CodeVerifier();
    enter();
    try {
      URI address = provider.address(state, nonce, verifier);
      pending.put(state.getValue(), new Pending(nonce, verifier));
      return new Begun(address, state.getValue());
    } finally {
      places.release();
    }
  }

  /**
   * @param cookie the state that the browser has; null for none
   */
  Person complete(Returned returned, String cookie) throws SignInRefused {
    Pending begun =
        returned.state() == null || !returned.state().equals(cookie)
            ? null
            : pending.asMap().remove(returned.state());
    if (begun == null) {
      throw new SignInRefused(Problem.EXPIRED, "the answer is to nothing that was begun here");
    }
    if (returned.error() != null) {
      throw new SignInRefused(Problem.DENIED, "the provider let nobody in");
    }
    if (returned.code() == null || returned.code().isBlank()) {
      throw new SignInRefused(Problem.UNPROVEN, "the provider sent no code");
    }
    if (returned.issuer() != null && !returned.issuer().equals(settings.issuer().toString())) {
      throw new SignInRefused(Problem.UNPROVEN, "the answer is of another issuer");
    }
    enter();
    try {
      return rules.person(provider.claims(returned.code(), begun.nonce(), begun.verifier()));
    } finally {
      places.release();
    }
  }

  /** A provider that hangs holds few threads of the server. */
  private void enter() throws SignInRefused {
    try {
      if (places.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new SignInRefused(Problem.BUSY, "too many sign in at once");
  }
}
