package io.dualtrack.schemas;

/**
 * Who a text is about: an account of a tenant, or the tenant as a whole.
 *
 * @param account the seat or API key that the request was made through; empty for the whole tenant
 */
public record TextSubject(String tenant, String account) {

  /** The tenant as a whole. */
  public static TextSubject of(String tenant) {
    return new TextSubject(tenant, "");
  }

  /** Whether it is the tenant as a whole. */
  public boolean isTenant() {
    return account.isEmpty();
  }
}
