package io.dualtrack.inference.adapter;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** A call as it goes over the wire. Holds text, so it has no text form of its own. */
public final class ProviderRequest {

  private final String method;
  private final URI uri;
  private final Map<String, String> headers;
  private final byte[] body;
  private final long estimatedTokens;
  private final Authorization authorization;
  private final Supplier<AnswerStream> stream;

  private ProviderRequest(
      String method,
      URI uri,
      Map<String, String> headers,
      byte[] body,
      long estimatedTokens,
      Authorization authorization,
      Supplier<AnswerStream> stream) {
    this.method = method;
    this.uri = uri;
    this.headers = Map.copyOf(headers);
    this.body = body;
    this.estimatedTokens = estimatedTokens;
    this.authorization = authorization;
    this.stream = stream;
  }

  /** A POST that needs no key, for an answer in one piece. */
  public ProviderRequest(URI uri, Map<String, String> headers, byte[] body, long estimatedTokens) {
    this("POST", uri, headers, body, estimatedTokens, Authorization.NONE, null);
  }

  public ProviderRequest withMethod(String other) {
    return new ProviderRequest(other, uri, headers, body, estimatedTokens, authorization, stream);
  }

  /** This, with what proves that it may be made. */
  public ProviderRequest authorizedBy(Authorization by) {
    return new ProviderRequest(method, uri, headers, body, estimatedTokens, by, stream);
  }

  /** This, for an answer that is streamed. */
  public ProviderRequest streamedInto(Supplier<AnswerStream> reader) {
    return new ProviderRequest(method, uri, headers, body, estimatedTokens, authorization, reader);
  }

  public String method() {
    return method;
  }

  public URI uri() {
    return uri;
  }

  /** Without the authorization's. */
  public Map<String, String> headers() {
    return headers;
  }

  public byte[] body() {
    return body;
  }

  /** Tokens that the call may use, input and output, for the quota. */
  public long estimatedTokens() {
    return estimatedTokens;
  }

  public Authorization authorization() {
    return authorization;
  }

  /** What reads the answer as it comes; empty where it comes in one piece. */
  public Optional<AnswerStream> stream() {
    return Optional.ofNullable(stream).map(Supplier::get);
  }
}
