package io.dualtrack.gateway.http;

/**
 * What an endpoint takes as a request's body.
 *
 * @param maxBytes 0 for no body; the tenant's own limit where {@code ofTenant}
 * @param ofTenant whether the tenant's {@code maxBodyBytes} holds in place of {@code maxBytes}
 */
public record Body(long maxBytes, boolean ofTenant) {

  /** Of a tenant that has no limit of its own; what fits on a topic with room for the envelope. */
  private static final long USUAL_BYTES = 4L * 1024 * 1024;

  public static Body none() {
    return new Body(0, false);
  }

  /** One request, within the tenant's limit. */
  public static Body bounded() {
    return new Body(USUAL_BYTES, true);
  }

  /** Read as a stream. */
  public static Body streamed(long maxBytes) {
    return new Body(maxBytes, false);
  }
}
