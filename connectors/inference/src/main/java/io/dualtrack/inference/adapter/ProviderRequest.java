package io.dualtrack.inference.adapter;

import java.net.URI;
import java.util.Map;

/** A call as it goes over the wire. Holds text and a key, so it has no text form of its own. */
public final class ProviderRequest {

  private final URI uri;
  private final Map<String, String> headers;
  private final byte[] body;
  private final long estimatedTokens;

  ProviderRequest(URI uri, Map<String, String> headers, byte[] body, long estimatedTokens) {
    this.uri = uri;
    this.headers = headers;
    this.body = body;
    this.estimatedTokens = estimatedTokens;
  }

  URI uri() {
    return uri;
  }

  Map<String, String> headers() {
    return headers;
  }

  byte[] body() {
    return body;
  }

  /** Tokens that the call may use, input and output, for the quota. */
  public long estimatedTokens() {
    return estimatedTokens;
  }
}
