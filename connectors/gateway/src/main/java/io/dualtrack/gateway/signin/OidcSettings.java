package io.dualtrack.gateway.signin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dualtrack.gateway.access.Caller;
import io.dualtrack.schemas.AccessScope;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How people sign in at the console by OpenID Connect.
 *
 * @param file as it was read
 * @param secretFile holds the client's secret, and is read at each use; null for none
 * @param secret of the client; null where it is in a file, or the client is public
 */
public record OidcSettings(File file, Path secretFile, String secret) {

  private static final String VARIABLE = "DUALTRACK_CONSOLE_OIDC";
  private static final String SECRET = "DUALTRACK_CONSOLE_OIDC_SECRET";
  private static final String SECRET_FILE = "DUALTRACK_CONSOLE_OIDC_SECRET_FILE";
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "[::1]", "localhost");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /**
   * The JSON object in the file that {@code DUALTRACK_CONSOLE_OIDC} names.
   *
   * @param name of the provider, for "Sign in with …"
   * @param issuer as the discovery document and the tokens name it
   * @param clientId of the console at the provider
   * @param publicUrl where browsers find this gateway, without a path; never taken from a request
   * @param scopes that are asked for; null for {@code openid} alone
   * @param rolesClaim of the ID token: a string, or a list of strings. A JSON pointer where it
   *     begins with a slash
   * @param roles what each value of that claim gives; another value gives nothing
   * @param tenant of everybody; null where {@code tenantClaim} says it
   * @param tenantClaim as {@code rolesClaim}; null where {@code tenant} says it
   * @param tenants which tenant a value of {@code tenantClaim} stands for; null with {@code tenant}
   * @param accountClaim what a person is called on record; null for {@code sub}
   */
  public record File(
      String name,
      URI issuer,
      String clientId,
      URI publicUrl,
      List<String> scopes,
      String rolesClaim,
      Map<String, Set<AccessScope>> roles,
      String tenant,
      String tenantClaim,
      Map<String, String> tenants,
      String accountClaim) {

    public File {
      require(name != null && !name.isBlank(), "name is missing");
      require(
          isSecure(issuer) && issuer.getQuery() == null && issuer.getFragment() == null,
          "issuer must be an https address");
      require(clientId != null && !clientId.isBlank(), "client_id is missing");
      require(
          isSecure(publicUrl) && Set.of("", "/").contains(publicUrl.getPath()),
          "public_url must be an https address without a path");
      scopes = scopes == null ? List.of("openid") : List.copyOf(scopes);
      require(scopes.contains("openid"), "scopes must hold openid");
      require(rolesClaim != null && !rolesClaim.isBlank(), "roles_claim is missing");
      require(roles != null && !roles.isEmpty(), "roles is missing: nobody would have one");
      require(
          roles.values().stream()
              .allMatch(given -> !given.isEmpty() && given.stream().allMatch(Caller::isRole)),
          "roles may give VIEWER, OPERATOR, COMPLIANCE, FINANCE and FRAUD");
      roles = Map.copyOf(roles);
      require(
          (tenant == null) != (tenantClaim == null) && (tenantClaim == null) == (tenants == null),
          "set either tenant, or tenant_claim and tenants");
      tenants = tenants == null ? Map.of() : Map.copyOf(tenants);
      accountClaim = accountClaim == null ? "sub" : accountClaim;
    }

    private static void require(boolean holds, String otherwise) {
      if (!holds) {
        throw new IllegalArgumentException(otherwise);
      }
    }

    /** Where the provider sends browsers back to. */
    URI callback() {
      return publicUrl.resolve(SignInEndpoints.CALLBACK);
    }
  }

  /**
   * Empty where {@code DUALTRACK_CONSOLE_OIDC} is not set.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  public static Optional<OidcSettings> of(Map<String, String> environment) {
    return path(environment, VARIABLE)
        .map(
            file -> {
              Path secretFile = path(environment, SECRET_FILE).orElse(null);
              String secret = environment.get(SECRET);
              if (secretFile != null && secret != null) {
                throw new IllegalArgumentException(
                    "set one of %s and %s".formatted(SECRET, SECRET_FILE));
              }
              if (secretFile != null && !Files.isReadable(secretFile)) {
                throw new IllegalArgumentException(SECRET_FILE + " cannot be read");
              }
              return new OidcSettings(read(file), secretFile, secret);
            });
  }

  private static File read(Path file) {
    try {
      return JSON.readValue(Files.readAllBytes(file), File.class);
    } catch (JsonProcessingException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String message =
          cause instanceof JsonProcessingException json
              ? json.getOriginalMessage()
              : cause.getMessage();
      throw new IllegalArgumentException("%s, %s: %s".formatted(VARIABLE, file, message), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("%s: %s cannot be read".formatted(VARIABLE, file), e);
    }
  }

  private static Optional<Path> path(Map<String, String> environment, String variable) {
    return Optional.ofNullable(environment.get(variable))
        .filter(value -> !value.isBlank())
        .map(value -> Path.of(value.strip()));
  }

  /**
   * Empty for a public client, which PKCE alone protects.
   *
   * @throws IOException if its file cannot be read now
   */
  Optional<String> clientSecret() throws IOException {
    return secretFile == null
        ? Optional.ofNullable(secret)
        : Optional.of(Files.readString(secretFile).strip());
  }

  /** Over TLS, or within this machine. */
  static boolean isSecure(URI address) {
    return address != null
        && address.getHost() != null
        && ("https".equals(address.getScheme())
            || ("http".equals(address.getScheme()) && LOOPBACK.contains(address.getHost())));
  }

  /** Without the secret: it would end up in a log. */
  @Override
  public String toString() {
    return "OidcSettings[" + file.issuer() + "]";
  }
}
