package io.dualtrack.gateway.access;

import io.dualtrack.gateway.access.Sessions.Started;
import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.SameSite;

/**
 * The cookie that a browser has of its session: out of reach of scripts and of other sites.
 *
 * @param secure whether callers reach the gateway by TLS in any case; else a proxy says so
 */
public record SessionCookie(boolean secure) {

  /** In place of the session that the call came with, which ends. */
  public void set(Context http, Sessions sessions, Started started) {
    endSession(http, sessions);
    set(http, started.token(), -1);
  }

  /** Ends the session that the call came with, where it did. */
  public void end(Context http, Sessions sessions) {
    endSession(http, sessions);
    set(http, "", 0);
  }

  private static void endSession(Context http, Sessions sessions) {
    String token = http.cookie(Sessions.COOKIE);
    if (token != null) {
      sessions.end(token);
    }
  }

  private void set(Context http, String token, int maxAge) {
    http.cookie(
        new Cookie(Sessions.COOKIE, token, "/", maxAge, isTls(http), true, null, SameSite.STRICT));
  }

  /** Whether the browser speaks TLS, with the gateway or with what is in front of it. */
  public boolean isTls(Context http) {
    return secure || "https".equals(http.header("X-Forwarded-Proto"));
  }
}
