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

  /** Each proxy appends whom it heard; the last one that no trusted proxy is, is the client. */
  String of(Context context) {
    String address = context.req().getRemoteAddr();
    String forwarded = context.header("X-Forwarded-For");
    if (forwarded == null) {
      return address;
    }
    String[] hops = forwarded.split(",", -1);
    for (int i = hops.length - 1; i >= 0 && trustedProxies.contains(address); i--) {
      address = hops[i].strip();
    }
    return address;
  }
}
