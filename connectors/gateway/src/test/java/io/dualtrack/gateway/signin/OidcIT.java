package io.dualtrack.gateway.signin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.gateway.GatewayService;
import io.dualtrack.gateway.Http;
import io.dualtrack.gateway.RunningGateway;
import io.dualtrack.gateway.RunningGateway.Gateway;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Signing in by an identity provider as a browser does it, at a gateway that was set up for it. */
@ExtendWith(RunningGateway.class)
class OidcIT {

  @TempDir private Path folder;

  private final Gateway plain;
  private final HttpClient browser = HttpClient.newHttpClient();

  OidcIT(Gateway plain) {
    this.plain = plain;
  }

  @Test
  void aGatewayThatWasNotSetUpForItOffersNone() throws Exception {
    HttpResponse<String> ways = Http.get(plain.uri(), "/console/api/sign-in", "none");

    assertThat(ways.body()).isEqualTo("{\"oidc\":null}");
    assertThat(get(plain.uri(), "/console/oidc", null).statusCode()).isEqualTo(404);
  }

  @Test
  void aPersonHasTheRolesOfTheirClaimsForOneSessionAndNobodyElseHasAny() throws Exception {
    try (IdentityProvider provider = new IdentityProvider();
        GatewayService gateway = plain.start("oidc", settings(provider))) {
      gateway.ready().get(60, TimeUnit.SECONDS);
      URI uri = gateway.uri();
      assertThat(get(uri, "/console/api/sign-in", null).body())
          .isEqualTo("{\"oidc\":{\"name\":\"Example\",\"path\":\"/console/oidc\"}}");

      provider.says(claims -> claims.claim("groups", List.of("legal")).claim("org", "o-1"));
      HttpResponse<String> done = signIn(uri);
      assertThat(done.headers().firstValue("Location")).hasValue("/console?sign-in=done");
      String cookie = session(done);
      assertThat(cookie).contains("HttpOnly").contains("SameSite=Strict").contains("Path=/");
      String pair = cookie.split(";", 2)[0];
      JsonNode who = Http.json(get(uri, "/console/api/session", pair));
      assertThat(who.path("tenant").asText()).isEqualTo("staff");
      assertThat(who.path("account").asText()).isEqualTo("oidc:ann-at-the-provider");
      assertThat(who.path("scopes")).hasToString("[\"COMPLIANCE\"]");
      assertThat(who.path("csrf").asText()).isNotEmpty();

      assertThat(get(uri, "/console/api/decisions", pair).statusCode()).isEqualTo(200);
      Http.assertError(get(uri, "/console/api/costs", pair), 403, "insufficient_permissions");
      Http.assertError(get(uri, "/v1/files", pair), 403, "insufficient_permissions");
      Http.assertError(
          send(uri, "POST", "/console/api/suspensions", pair, null), 403, "csrf_token_missing");
      String csrf = who.path("csrf").asText();
      Http.assertError(
          send(uri, "POST", "/console/api/session", pair, csrf), 401, "invalid_api_key");
      assertThat(send(uri, "DELETE", "/console/api/session", pair, csrf).statusCode())
          .isEqualTo(200);
      Http.assertError(get(uri, "/console/api/session", pair), 401, "session_ended");

      provider.says(claims -> claims.claim("groups", List.of("everybody")));
      HttpResponse<String> refused = signIn(uri);
      assertThat(refused.headers().firstValue("Location")).hasValue("/console?sign-in=no_role");
      assertThat(refused.headers().allValues("Set-Cookie"))
          .noneMatch(each -> each.startsWith("dualtrack_session="));
      provider.says(claims -> claims.claim("groups", "legal").claim("org", "o-2"));
      assertThat(signIn(uri).headers().firstValue("Location"))
          .as("a tenant that is cut off")
          .hasValue("/console?sign-in=no_tenant");
      noAddressIsTakenFromARequest(uri, provider);
    }
  }

  private void noAddressIsTakenFromARequest(URI gateway, IdentityProvider provider)
      throws Exception {
    String elsewhere = "return_to=https://evil.example&redirect_uri=https://evil.example&";
    URI sent = location(get(gateway, "/console/oidc?" + elsewhere, null));
    assertThat(sent.toString()).startsWith(provider.issuer() + "/authorize?");
    assertThat(IdentityProvider.parameters(sent.getRawQuery()))
        .containsEntry("redirect_uri", "http://127.0.0.1:1/console/oidc/callback")
        .containsEntry("response_type", "code")
        .containsEntry("code_challenge_method", "S256")
        .containsKeys("state", "nonce", "code_challenge");
    assertThat(location(get(gateway, "/console/oidc/callback?" + elsewhere + "state=x", null)))
        .hasToString("/console?sign-in=expired");
  }

  /** What the gateway answers to the browser that comes back from the provider. */
  private HttpResponse<String> signIn(URI gateway) throws Exception {
    HttpResponse<String> begun = get(gateway, "/console/oidc", null);
    String state = begun.headers().firstValue("Set-Cookie").orElseThrow();
    assertThat(state).contains("HttpOnly").contains("SameSite=Lax").contains("Path=/console/oidc");
    URI back = IdentityProvider.visit(location(begun));
    return get(gateway, back.getRawPath() + "?" + back.getRawQuery(), state.split(";", 2)[0]);
  }

  private static URI location(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(302);
    return URI.create(answer.headers().firstValue("Location").orElseThrow());
  }

  private static String session(HttpResponse<String> answer) {
    return answer.headers().allValues("Set-Cookie").stream()
        .filter(
            each ->
                each.startsWith("dualtrack_session=") && !each.startsWith("dualtrack_session=;"))
        .findFirst()
        .orElseThrow();
  }

  private HttpResponse<String> get(URI gateway, String path, String cookie) throws Exception {
    return send(gateway, "GET", path, cookie, null);
  }

  private HttpResponse<String> send(
      URI gateway, String method, String path, String cookie, String csrf) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(gateway.resolve(path))
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (cookie != null) {
      request.header("Cookie", cookie);
    }
    if (csrf != null) {
      request.header("X-CSRF-Token", csrf);
    }
    return browser.send(request.build(), BodyHandlers.ofString());
  }

  private Map<String, String> settings(IdentityProvider provider) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("oidc.json"),
            """
            {"name":"Example","issuer":"%s","client_id":"dualtrack",
             "public_url":"http://127.0.0.1:1","roles_claim":"groups",
             "roles":{"legal":["COMPLIANCE"]},
             "tenant_claim":"org","tenants":{"o-1":"staff","o-2":"gone"}}
            """
                .formatted(provider.issuer()));
    return Map.of("DUALTRACK_CONSOLE_OIDC", file.toString());
  }
}
