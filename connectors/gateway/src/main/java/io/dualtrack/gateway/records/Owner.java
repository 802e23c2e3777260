package io.dualtrack.gateway.records;

import io.dualtrack.schemas.TextSubject;

/**
 * Whose call it is.
 *
 * @param account the seat or API key of the tenant
 */
public record Owner(String tenant, String account) {

  /** Whom the texts are about that come with the call. */
  public TextSubject subject() {
    return new TextSubject(tenant, account);
  }
}
