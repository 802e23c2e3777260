package io.dualtrack.gateway.signin;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.util.URLUtils;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * An OpenID provider as its specification has it, on loopback: discovery, the code flow with PKCE
 * and client secrets, and keys of its own. Whoever comes is signed in.
 */
final class IdentityProvider implements AutoCloseable {

  static final String CLIENT = "dualtrack";
  static final String SECRET = "s3cret of the client";

  /** What a provider may do wrong, or somebody in its place. */
  @FunctionalInterface
  interface Signer {
    String sign(JWTClaimsSet claims, RSAKey key) throws Exception;
  }

  private static final RSAKey KEY = key("k1");
  private static final HttpClient BROWSER = HttpClient.newHttpClient();

  private final HttpServer server;
  private final Map<String, Map<String, String>> asked = new ConcurrentHashMap<>();
  private volatile UnaryOperator<JWTClaimsSet.Builder> claims = builder -> builder;
  private volatile Signer signer = IdentityProvider::signed;

  IdentityProvider() throws IOException {
    this(0);
  }

  IdentityProvider(int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext(
        "/.well-known/openid-configuration",
        exchange ->
            send(
                exchange,
                """
                {"issuer":"%1$s","authorization_endpoint":"%1$s/authorize",\
                "token_endpoint":"%1$s/token","jwks_uri":"%1$s/keys",\
                "response_types_supported":["code"],"subject_types_supported":["public"],\
                "id_token_signing_alg_values_supported":["RS256"]}\
                """
                    .formatted(issuer())));
    server.createContext(
        "/keys", exchange -> send(exchange, new JWKSet(KEY.toPublicJWK()).toString()));
    server.createContext("/authorize", this::authorize);
    server.createContext("/token", this::token);
    server.start();
  }

  static RSAKey key(String id) {
    try {
      return new RSAKeyGenerator(2048).keyID(id).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  URI issuer() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** What its tokens say from now on, beside what they must. */
  void says(UnaryOperator<JWTClaimsSet.Builder> claims) {
    this.claims = claims;
  }

  void signsBy(Signer signer) {
    this.signer = signer;
  }

  /** Goes where a browser was sent, and signs in there: the address that it is sent back to. */
  static URI visit(URI address) throws Exception {
    return URI.create(
        BROWSER
            .send(HttpRequest.newBuilder(address).build(), BodyHandlers.discarding())
            .headers()
            .firstValue("Location")
            .orElseThrow());
  }

  /** The parameters of an address, each with its one value. */
  static Map<String, String> parameters(String query) {
    Map<String, String> parameters = new ConcurrentHashMap<>();
    URLUtils.parseParameters(query).forEach((name, values) -> parameters.put(name, values.get(0)));
    return parameters;
  }

  static String signed(JWTClaimsSet claims, RSAKey key) throws JOSEException {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(), claims);
    token.sign(new RSASSASigner(key));
    return token.serialize();
  }

  private void authorize(HttpExchange exchange) throws IOException {
    Map<String, String> parameters = parameters(exchange.getRequestURI().getRawQuery());
    String code = UUID.randomUUID().toString();
    asked.put(code, parameters);
    exchange
        .getResponseHeaders()
        .set(
            "Location",
            parameters.get("redirect_uri")
                + "?"
                + URLUtils.serializeParameters(
                    Map.of(
                        "code", List.of(code),
                        "state", List.of(parameters.get("state")),
                        "iss", List.of(issuer().toString()))));
    exchange.sendResponseHeaders(302, -1);
    exchange.close();
  }

  private void token(HttpExchange exchange) throws IOException {
    Map<String, String> parameters =
        parameters(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    Map<String, String> begun = asked.remove(parameters.getOrDefault("code", ""));
    if (begun == null
        || !begun.get("redirect_uri").equals(parameters.get("redirect_uri"))
        || !"S256".equals(begun.get("code_challenge_method"))
        || !begun.get("code_challenge").equals(challenge(parameters.get("code_verifier")))
        || !isClient(exchange, parameters)) {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      byte[] body = "{\"error\":\"invalid_grant\"}".getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(400, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
      return;
    }
    try {
      Instant now = Instant.now();
      JWTClaimsSet usual =
          claims
              .apply(
                  new JWTClaimsSet.Builder()
                      .issuer(issuer().toString())
                      .subject("ann-at-the-provider")
                      .audience(CLIENT)
                      .issueTime(Date.from(now))
                      .expirationTime(Date.from(now.plusSeconds(300)))
                      .claim("nonce", begun.get("nonce")))
              .build();
      send(
          exchange,
          "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"id_token\":\"%s\"}"
              .formatted(signer.sign(usual, KEY)));
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  /** By its secret, or as a public client that has none. */
  private static boolean isClient(HttpExchange exchange, Map<String, String> parameters) {
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    if (authorization == null) {
      return CLIENT.equals(parameters.get("client_id"));
    }
    String[] pair =
        new String(
                Base64.getDecoder().decode(authorization.substring("Basic ".length())),
                StandardCharsets.UTF_8)
            .split(":", 2);
    return CLIENT.equals(pair[0])
        && SECRET.equals(URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
  }

  private static String challenge(String verifier) throws IOException {
    try {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(
              MessageDigest.getInstance("SHA-256")
                  .digest(verifier.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IOException(e);
    }
  }

  private static void send(HttpExchange exchange, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
