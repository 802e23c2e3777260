package io.dualtrack.gateway.http;

import io.javalin.http.Context;
import java.util.List;
import java.util.Set;

/** Finds the address that a call came from. */
final class ClientAddress {

  private final Set<String> trustedProxies;

  ClientAddress(List<String> trustedProxies) {
    this.trustedProxies = Set.copyOf(trustedProxies);
  }

  String of(Context context) {
    return of(context.req().getRemoteAddr(), context.header("X-Forwarded-For"));
  }

  /**
   * Each proxy appends whom it heard; the last one that no trusted proxy is, is the client.
   *
   * @param heard who is at the other end of the connection
   * @param forwarded null where there is no such header
   */
  String of(String heard, String forwarded) {
    if (forwarded == null) {
      return heard;
    }
    String address = heard;
    String[] hops = forwarded.split(",", -1);
    for (int i = hops.length - 1; i >= 0 && trustedProxies.contains(address); i--) {
      address = hops[i].strip();
    }
    return address;
  }
}
