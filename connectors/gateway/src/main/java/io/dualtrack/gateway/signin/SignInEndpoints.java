package io.dualtrack.gateway.signin;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.access.Person;
import io.dualtrack.gateway.access.SessionCookie;
import io.dualtrack.gateway.access.Sessions;
import io.dualtrack.gateway.control.ControlView;
import io.dualtrack.gateway.http.OpenEndpoint;
import io.dualtrack.gateway.signin.OidcSignIn.Begun;
import io.dualtrack.gateway.signin.OidcSignIn.Returned;
import io.dualtrack.gateway.signin.SignInRefused.Problem;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantStatus;
import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.SameSite;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What browsers call before anybody is signed in. They are sent to the provider or to the console's
 * page, and nowhere that a request names.
 */
public final class SignInEndpoints {

  static final String CALLBACK = "/console/oidc/callback";

  /** Holds the state of the sign-in that this browser began. */
  static final String COOKIE = "dualtrack_sign_in";

  private static final Logger LOG = LoggerFactory.getLogger(SignInEndpoints.class);
  private static final String WAYS = "/console/api/sign-in";
  private static final String BEGIN = "/console/oidc";
  private static final String PAGE = "/console?sign-in=";
  private static final JsonMapper JSON = new JsonMapper();

  private record Endpoint(String path, Consumer<Context> handler) implements OpenEndpoint {
    @Override
    public void answer(Context context) {
      handler.accept(context);
    }
  }

  private final OidcSettings settings;
  private final OidcSignIn signIn;
  private final ControlView control;
  private final Sessions sessions;
  private final SessionCookie cookie;

  private SignInEndpoints(
      OidcSettings settings, ControlView control, Sessions sessions, boolean tls) {
    this.settings = settings;
    this.signIn = new OidcSignIn(settings, InstantSource.system());
    this.control = control;
    this.sessions = sessions;
    this.cookie = new SessionCookie(tls || "https".equals(settings.file().publicUrl().getScheme()));
  }

  /**
   * What there is to call.
   *
   * @param settings empty where people sign in by key alone
   * @param tls whether the gateway itself speaks TLS
   */
  public static List<OpenEndpoint> of(
      Optional<OidcSettings> settings, ControlView control, Sessions sessions, boolean tls) {
    OpenEndpoint ways = new Endpoint(WAYS, http -> ways(http, settings));
    if (settings.isEmpty()) {
      return List.of(ways);
    }
    SignInEndpoints oidc = new SignInEndpoints(settings.get(), control, sessions, tls);
    return List.of(ways, new Endpoint(BEGIN, oidc::begin), new Endpoint(CALLBACK, oidc::complete));
  }

  private static void ways(Context http, Optional<OidcSettings> settings) {
    ObjectNode ways = JSON.createObjectNode();
    settings.ifPresentOrElse(
        oidc -> ways.putObject("oidc").put("name", oidc.file().name()).put("path", BEGIN),
        () -> ways.putNull("oidc"));
    http.header("Cache-Control", "no-store")
        .header("X-Content-Type-Options", "nosniff")
        .contentType("application/json")
        .result(ways.toString());
  }

  private void begin(Context http) {
    try {
      Begun begun = signIn.begin();
      // Lax: the browser comes back from another site. It is of no use without the code.
      remember(http, begun.state(), Math.toIntExact(OidcSignIn.TIME.toSeconds()));
      send(http, begun.address().toString());
    } catch (SignInRefused e) {
      refuse(http, e);
    }
  }

  private void complete(Context http) {
    try {
      Person person =
          signIn.complete(
              new Returned(
                  http.queryParam("state"),
                  http.queryParam("code"),
                  http.queryParam("error"),
                  http.queryParam("iss")),
              http.cookie(COOKIE));
      requireServed(person.tenant());
      cookie.set(http, sessions, sessions.start(person));
      remember(http, "", 0);
      send(http, PAGE + "done");
    } catch (SignInRefused e) {
      refuse(http, e);
    }
  }

  /** Every later call is held to this again. */
  private void requireServed(String id) throws SignInRefused {
    if (!control.isReady()) {
      throw new SignInRefused(Problem.NOT_READY, "the control records are not read yet");
    }
    Tenant tenant = control.snapshot().tenants().get(id);
    if (tenant == null
        || tenant.getStatus() != TenantStatus.ACTIVE
        || control.snapshot().suspended(id)) {
      throw new SignInRefused(Problem.NO_TENANT, "the tenant is not there or cut off: " + id);
    }
  }

  private void refuse(Context http, SignInRefused refused) {
    // Anybody can ask for the address with a state of their own, and shall not fill the log.
    LOG.atLevel(refused.problem() == Problem.EXPIRED ? Level.DEBUG : Level.WARN)
        .log(
            "nobody was signed in; issuer={} problem={} cause={}",
            settings.file().issuer(),
            refused.problem().code(),
            refused.getMessage());
    remember(http, "", 0);
    send(http, PAGE + refused.problem().code());
  }

  private void remember(Context http, String state, int seconds) {
    http.cookie(
        new Cookie(COOKIE, state, BEGIN, seconds, cookie.isTls(http), true, null, SameSite.LAX));
  }

  private static void send(Context http, String address) {
    http.status(302)
        .header("Location", address)
        .header("Cache-Control", "no-store")
        .header("Referrer-Policy", "no-referrer");
  }
}
