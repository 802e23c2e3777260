package io.dualtrack.gateway.console;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.access.Caller;
import io.dualtrack.gateway.access.SessionCookie;
import io.dualtrack.gateway.access.Sessions;
import io.dualtrack.gateway.access.Sessions.Started;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.http.Body;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.gateway.http.Routes;
import io.javalin.http.HandlerType;

/** Signing in with an API key, and out again. */
final class SessionRoutes {

  private static final String PATH = "/console/api/session";
  private static final JsonMapper JSON = new JsonMapper();

  private final Sessions sessions;
  private final SessionCookie cookie;

  SessionRoutes(Sessions sessions, SessionCookie cookie) {
    this.sessions = sessions;
    this.cookie = cookie;
  }

  void addTo(Routes routes) {
    routes.add(HandlerType.POST, PATH, null, Body.none(), this::signIn);
    routes.add(HandlerType.GET, PATH, null, Body.none(), this::who);
    routes.add(HandlerType.DELETE, PATH, null, Body.none(), this::signOut);
  }

  /** By the key in the header, which a form of another origin cannot send. */
  private void signIn(Call call) {
    if (call.http().header("Authorization") == null && call.http().header("x-api-key") == null) {
      // Else a session would begin the next one, and never end.
      throw ApiError.unauthenticated("Show an API key to begin a session.").toException();
    }
    Started started = sessions.start(call.caller());
    cookie.set(call.http(), sessions, started);
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
    cookie.end(call.http(), sessions);
    answer(call, JSON.createObjectNode().put("signed_out", true));
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
