package io.dualtrack.gateway.signin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.dualtrack.gateway.access.Person;
import io.dualtrack.gateway.signin.OidcSignIn.Begun;
import io.dualtrack.gateway.signin.OidcSignIn.Returned;
import io.dualtrack.gateway.signin.SignInRefused.Problem;
import io.dualtrack.schemas.AccessScope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OidcSignInTest {

  private static final String ONE_TENANT = "\"tenant\":\"staff\"";

  /** Of the same name as the provider's. */
  private static final RSAKey OTHER = IdentityProvider.key("k1");

  @TempDir private Path folder;

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private final InstantSource clock = now::get;
  private IdentityProvider provider;

  @BeforeEach
  void start() throws Exception {
    provider = new IdentityProvider();
    provider.says(claims -> claims.claim("groups", List.of("legal")));
  }

  @AfterEach
  void stop() {
    provider.close();
  }

  @Test
  void whoeverTheProviderVouchesForHasTheRolesOfTheirGroups() throws Exception {
    provider.says(claims -> claims.claim("groups", List.of("legal", "everybody", "money")));

    assertThat(signedIn(signIn(ONE_TENANT)))
        .isEqualTo(
            new Person(
                "staff",
                "oidc:ann-at-the-provider",
                Set.of(AccessScope.COMPLIANCE, AccessScope.VIEWER, AccessScope.FINANCE)));
  }

  static Stream<Arguments> unproven() {
    return Stream.of(
        says("another nonce", claims -> claims.claim("nonce", "n")),
        says("no nonce", claims -> claims.claim("nonce", null)),
        says("another audience", claims -> claims.audience("another")),
        says(
            "two audiences, for another party",
            claims -> claims.audience(List.of("dualtrack", "x")).claim("azp", "x")),
        says("two audiences", claims -> claims.audience(List.of("dualtrack", "x"))),
        says("another issuer", claims -> claims.issuer("https://login.example.com")),
        says("over", claims -> claims.expirationTime(Date.from(Instant.now().minusSeconds(600)))),
        says("no end", claims -> claims.expirationTime(null)),
        says("of nobody", claims -> claims.subject(null)),
        signs("another key", (claims, key) -> IdentityProvider.signed(claims, OTHER)),
        signs("no signature", (claims, key) -> new PlainJWT(claims).serialize()),
        signs(
            "changed afterwards",
            (claims, key) -> {
              String token = IdentityProvider.signed(claims, key);
              return token.substring(0, token.length() - 8) + "AAAAAAAA";
            }),
        signs(
            "the public key as a secret",
            (claims, key) -> {
              SignedJWT token =
                  new SignedJWT(
                      new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("k1").build(), claims);
              token.sign(new MACSigner(key.toRSAPublicKey().getEncoded()));
              return token.serialize();
            }),
        signs("no token", (claims, key) -> "x.y.z"));
  }

  private static Arguments says(String what, UnaryOperator<JWTClaimsSet.Builder> claims) {
    return Arguments.of(what, claims, (IdentityProvider.Signer) IdentityProvider::signed);
  }

  private static Arguments signs(String what, IdentityProvider.Signer signer) {
    return Arguments.of(what, UnaryOperator.<JWTClaimsSet.Builder>identity(), signer);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unproven")
  void aTokenThatProvesNothingSignsNobodyIn(
      String what, UnaryOperator<JWTClaimsSet.Builder> claims, IdentityProvider.Signer signer)
      throws Exception {
    provider.says(builder -> claims.apply(builder.claim("groups", List.of("legal"))));
    provider.signsBy(signer);

    assertRefused(Problem.UNPROVEN, signIn(ONE_TENANT));
  }

  @Test
  void aKeyThatTheProviderDoesNotShowSignsNobodyIn() throws Exception {
    provider.signsBy((claims, key) -> IdentityProvider.signed(claims, IdentityProvider.key("k2")));

    assertThatThrownBy(() -> signedIn(signIn(ONE_TENANT))).isInstanceOf(SignInRefused.class);
  }

  @Test
  void anAnswerIsTakenOnceAndFromTheBrowserThatAsked() throws Exception {
    OidcSignIn signIn = signIn(ONE_TENANT);
    Begun victim = signIn.begin();
    Begun attacker = signIn.begin();
    Returned ofAttacker = returned(attacker);

    assertProblem(Problem.EXPIRED, () -> signIn.complete(ofAttacker, victim.state()));
    assertProblem(Problem.EXPIRED, () -> signIn.complete(ofAttacker, null));
    assertThat(signIn.complete(ofAttacker, attacker.state()).tenant()).isEqualTo("staff");
    assertProblem(Problem.EXPIRED, () -> signIn.complete(ofAttacker, attacker.state()));
  }

  @Test
  void aCodeOfAnotherSignInIsWorthNothing() throws Exception {
    OidcSignIn signIn = signIn(ONE_TENANT);
    Begun own = signIn.begin();
    String stolen = returned(signIn.begin()).code();

    assertProblem(
        Problem.UNPROVEN,
        () -> signIn.complete(new Returned(own.state(), stolen, null, null), own.state()));
  }

  @Test
  void anAnswerOfAnotherIssuerAndARefusalAreNone() throws Exception {
    OidcSignIn signIn = signIn(ONE_TENANT);
    Begun mixed = signIn.begin();
    String code = returned(mixed).code();
    Begun refused = signIn.begin();

    assertProblem(
        Problem.UNPROVEN,
        () ->
            signIn.complete(
                new Returned(mixed.state(), code, null, "https://other.example"), mixed.state()));
    assertProblem(
        Problem.DENIED,
        () ->
            signIn.complete(
                new Returned(refused.state(), null, "access_denied", null), refused.state()));
  }

  @Test
  void whoHasNoRoleIsNotSignedIn() throws Exception {
    provider.says(claims -> claims.claim("groups", List.of("everybody", "LEGAL")));
    assertRefused(Problem.NO_ROLE, signIn(ONE_TENANT));
    provider.says(claims -> claims.claim("groups", Map.of("legal", true)));
    assertRefused(Problem.NO_ROLE, signIn(ONE_TENANT));
    provider.says(claims -> claims);
    assertRefused(Problem.NO_ROLE, signIn(ONE_TENANT));
  }

  @Test
  void theTenantIsWhatOneValueOfItsClaimStandsFor() throws Exception {
    String byClaim =
        "\"tenant_claim\":\"/org/ids\",\"tenants\":{\"o-1\":\"staff\",\"o-2\":\"auditors\"}";
    for (Map.Entry<List<String>, String> each :
        Map.of(List.of("o-2", "o-9"), "auditors", List.of("o-1"), "staff").entrySet()) {
      provider.says(
          claims -> claims.claim("groups", "legal").claim("org", Map.of("ids", each.getKey())));
      assertThat(signedIn(signIn(byClaim)).tenant()).isEqualTo(each.getValue());
    }
    provider.says(
        claims ->
            claims.claim("groups", "legal").claim("org", Map.of("ids", List.of("o-1", "o-2"))));
    assertRefused(Problem.NO_TENANT, signIn(byClaim));
    provider.says(claims -> claims.claim("groups", "legal"));
    assertRefused(Problem.NO_TENANT, signIn(byClaim));
  }

  @Test
  void theClientProvesItselfByItsSecretWhereItHasOne() throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), IdentityProvider.SECRET + "\n");
    Map<String, String> right = Map.of("DUALTRACK_CONSOLE_OIDC_SECRET_FILE", secret.toString());
    Map<String, String> wrong = Map.of("DUALTRACK_CONSOLE_OIDC_SECRET", "another");

    assertThat(signedIn(signIn(ONE_TENANT, right)).tenant()).isEqualTo("staff");
    assertRefused(Problem.UNPROVEN, signIn(ONE_TENANT, wrong));
  }

  @Test
  void aProviderThatIsAwayIsAskedAgainLater() throws Exception {
    OidcSignIn signIn = signIn(ONE_TENANT);
    int port = provider.issuer().getPort();
    provider.close();
    assertRefused(Problem.UNREACHABLE, signIn);

    try (IdentityProvider back = new IdentityProvider(port)) {
      back.says(claims -> claims.claim("groups", "legal"));
      assertRefused(Problem.UNREACHABLE, signIn);
      now.set(now.get().plusSeconds(6));
      assertThat(signedIn(signIn).tenant()).isEqualTo("staff");
    }
  }

  @Test
  void settingsThatWouldNotBeSafeAreRefusedByName() {
    String client = "\"client_id\":\"c\",\"public_url\":\"https://c.example\"";
    String roles = "\"roles_claim\":\"g\",\"roles\":{\"a\":[\"VIEWER\"]}";
    String issuer = "\"name\":\"P\",\"issuer\":\"https://p.example\"";

    assertWrong("issuer", "\"name\":\"P\",\"issuer\":\"http://p.example\"", client, roles);
    assertWrong(
        "roles", issuer, client, "\"roles_claim\":\"g\",\"roles\":{\"a\":[\"ADMIN\"]}", ONE_TENANT);
    assertWrong("roles", issuer, client, "\"roles_claim\":\"g\",\"roles\":{\"a\":[]}", ONE_TENANT);
    assertWrong("tenant", issuer, client, roles);
    assertWrong("client_secret", issuer, client, roles, ONE_TENANT, "\"client_secret\":\"s\"");
    assertThat(OidcSettings.of(Map.of())).isEmpty();
  }

  private void assertWrong(String named, String... fields) {
    assertThatThrownBy(() -> settings("{" + String.join(",", fields) + "}", Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("DUALTRACK_CONSOLE_OIDC")
        .hasMessageContaining(named);
  }

  private OidcSettings settings(String json, Map<String, String> environment) throws Exception {
    Path file = Files.writeString(folder.resolve("oidc.json"), json);
    Map<String, String> all = new HashMap<>(environment);
    all.put("DUALTRACK_CONSOLE_OIDC", file.toString());
    return OidcSettings.of(all).orElseThrow();
  }

  private OidcSignIn signIn(String tenant) throws Exception {
    return signIn(tenant, Map.of());
  }

  private OidcSignIn signIn(String tenant, Map<String, String> environment) throws Exception {
    return new OidcSignIn(
        settings(
            """
            {"name":"Example","issuer":"%s","client_id":"dualtrack",
             "public_url":"http://127.0.0.1:1","roles_claim":"groups",
             "roles":{"legal":["COMPLIANCE","VIEWER"],"money":["FINANCE"]},%s}
            """
                .formatted(provider.issuer(), tenant),
            environment),
        clock);
  }

  private static Person signedIn(OidcSignIn signIn) throws Exception {
    Begun begun = signIn.begin();
    return signIn.complete(returned(begun), begun.state());
  }

  private static Returned returned(Begun begun) throws Exception {
    Map<String, String> back =
        IdentityProvider.parameters(IdentityProvider.visit(begun.address()).getRawQuery());
    return new Returned(back.get("state"), back.get("code"), null, back.get("iss"));
  }

  private static void assertRefused(Problem problem, OidcSignIn signIn) {
    assertProblem(problem, () -> signedIn(signIn));
  }

  private static void assertProblem(Problem problem, ThrowingCallable call) {
    assertThatThrownBy(call)
        .asInstanceOf(type(SignInRefused.class))
        .extracting(SignInRefused::problem)
        .isEqualTo(problem);
  }
}
