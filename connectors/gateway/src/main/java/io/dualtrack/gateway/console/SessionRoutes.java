package io.dualtrack.gateway.console;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.access.Caller;
import io.dualtrack.gateway.access.Sessions;
import io.dualtrack.gateway.access.Sessions.Started;
import io.dualtrack.gateway.http.Body;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.gateway.http.Routes;
import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.HandlerType;
import io.javalin.http.SameSite;

/** Signing in with an API key, and out again. */
final class SessionRoutes {

  private static final String PATH = "/console/api/session";
  private static final JsonMapper JSON = new JsonMapper();

  private final Sessions sessions;
  private final boolean secure;

  /**
   * @param secure whether the gateway itself speaks TLS
   */
  SessionRoutes(Sessions sessions, boolean secure) {
    this.sessions = sessions;
    this.secure = secure;
  }

  void addTo(Routes routes) {
    routes.add(HandlerType.POST, PATH, null, Body.none(), this::signIn);
    routes.add(HandlerType.GET, PATH, null, Body.none(), this::who);
    routes.add(HandlerType.DELETE, PATH, null, Body.none(), this::signOut);
  }

  /** By the key in the header, which a form of another origin cannot send. */
  private void signIn(Call call) {
    String before = call.http().cookie(Sessions.COOKIE);
    if (before != null) {
      sessions.end(before);
    }
    Started started = sessions.start(call.caller());
    setCookie(call.http(), started.token(), -1);
    answer(call, write(call.caller()).put("csrf", started.csrf()));
  }

  private void who(Call call) {
    ObjectNode who = write(call.caller());
    String token = call.http().cookie(Sessions.COOKIE);
    if (token != null) {
      sessions.csrf(token).ifPresent(csrf -> who.put("csrf", csrf));
    }
    answer(call, who);
  }

  private void signOut(Call call) {
    String token = call.http().cookie(Sessions.COOKIE);
    if (token != null) {
      sessions.end(token);
    }
    setCookie(call.http(), "", 0);
    answer(call, JSON.createObjectNode().put("signed_out", true));
  }

  private void setCookie(Context http, String token, int maxAge) {
    boolean tls = secure || "https".equals(http.header("X-Forwarded-Proto"));
    http.cookie(new Cookie(Sessions.COOKIE, token, "/", maxAge, tls, true, null, SameSite.STRICT));
  }

  private static ObjectNode write(Caller caller) {
    ObjectNode who = JSON.createObjectNode();
    who.put("tenant", caller.tenantId());
    who.put("tenant_name", caller.tenant().getName());
    who.put("account", caller.accountId());
    ArrayNode scopes = who.putArray("scopes");
    caller.scopes().stream().sorted().forEach(scope -> scopes.add(scope.name()));
    return who;
  }

  private static void answer(Call call, ObjectNode body) {
    call.http()
        .header("Cache-Control", "no-store")
        .contentType("application/json")
        .result(body.toString());
  }
}
