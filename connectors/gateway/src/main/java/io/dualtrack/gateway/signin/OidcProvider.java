package io.dualtrack.gateway.signin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.claims.AuthorizedParty;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import io.dualtrack.gateway.signin.SignInRefused.Problem;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The identity provider, as its discovery document describes it: asked when somebody first signs
 * in, so that the gateway starts without it.
 */
final class OidcProvider {

  private static final int CONNECT_MILLIS = 3_000;
  private static final int READ_MILLIS = 5_000;
  private static final int MOST_KEY_BYTES = 256 * 1024;
  private static final Duration FRESH = Duration.ofHours(1);

  /** After a failure, within which nobody waits for the next one. */
  private static final Duration PAUSE = Duration.ofSeconds(5);

  /** By keys that only the provider has: no secret that is shared, and never none. */
  private static final Set<JWSAlgorithm> SIGNATURES =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.ES512);

  private static final JsonMapper JSON = new JsonMapper();

  private record Known(OIDCProviderMetadata metadata, IDTokenValidator validator, Instant at) {}

  private final OidcSettings settings;
  private final OidcSettings.File file;
  private final Issuer issuer;
  private final ClientID client;
  private final InstantSource clock;
  private Known known;
  private Instant failedAt = Instant.MIN;

  OidcProvider(OidcSettings settings, InstantSource clock) {
    this.settings = settings;
    this.file = settings.file();
    this.issuer = new Issuer(file.issuer());
    this.client = new ClientID(file.clientId());
    this.clock = clock;
  }

  /** Where the browser is sent to sign in. */
  URI address(State state, Nonce nonce, CodeVerifier verifier) throws SignInRefused {
    return new AuthenticationRequest.Builder(
            ResponseType.CODE,
            new Scope(file.scopes().toArray(String[]::new)),
            client,
            file.callback())
        .endpointURI(known().metadata().getAuthorizationEndpointURI())
        .state(state)
        .nonce(nonce)
        .codeChallenge(verifier, CodeChallengeMethod.S256)
        .build()
        .toURI();
  }

  /**
   * The claims of the ID token that the code is exchanged for, once they are proven: signed by a
   * key of the provider, by this issuer for this client, not over, and with the nonce.
   */
  JsonNode claims(String code, Nonce nonce, CodeVerifier verifier) throws SignInRefused {
    Known provider = known();
    try {
      OIDCTokenResponse tokens = exchange(provider, code, verifier);
      IDTokenClaimsSet proven =
          provider.validator().validate(tokens.getOIDCTokens().getIDToken(), nonce);
      requireParty(proven);
      return JSON.readTree(proven.toJSONObject().toJSONString());
    } catch (BadJOSEException e) {
      throw new SignInRefused(Problem.UNPROVEN, e.getMessage(), e);
    } catch (JOSEException e) {
      throw new SignInRefused(Problem.UNREACHABLE, "no keys: " + e.getMessage(), e);
    } catch (ParseException | JsonProcessingException e) {
      // What the message quotes may be of a token.
      throw new SignInRefused(Problem.UNPROVEN, "the provider's answer is not to be read");
    } catch (IOException e) {
      throw new SignInRefused(Problem.UNREACHABLE, "no tokens: " + e.getMessage(), e);
    }
  }

  /**
   * OpenID Connect Core 3.1.3.7, 4 and 5, which the library leaves to its caller: a token for
   * several is for whom it was issued to.
   */
  private void requireParty(IDTokenClaimsSet token) throws SignInRefused {
    AuthorizedParty party = token.getAuthorizedParty();
    boolean ours =
        party == null
            ? token.getAudience().size() == 1
            : party.getValue().equals(client.getValue());
    if (!ours) {
      throw new SignInRefused(Problem.UNPROVEN, "the token was issued to another party");
    }
  }

  private OIDCTokenResponse exchange(Known provider, String code, CodeVerifier verifier)
      throws IOException, ParseException, SignInRefused {
    AuthorizationCodeGrant grant =
        new AuthorizationCodeGrant(new AuthorizationCode(code), file.callback(), verifier);
    URI endpoint = provider.metadata().getTokenEndpointURI();
    Optional<ClientAuthentication> authentication = authentication(provider.metadata());
    HTTPRequest request =
        (authentication.isPresent()
                ? new TokenRequest.Builder(endpoint, authentication.get(), grant)
                : new TokenRequest.Builder(endpoint, client, grant))
            .build()
            .toHTTPRequest();
    bound(request);
    request.setFollowRedirects(false);
    HTTPResponse answer = request.send();
    if (answer.getStatusCode() >= 500) {
      throw new SignInRefused(Problem.UNREACHABLE, "tokens: " + answer.getStatusCode());
    }
    TokenResponse tokens = OIDCTokenResponseParser.parse(answer);
    if (!tokens.indicatesSuccess()) {
      throw new SignInRefused(
          Problem.UNPROVEN,
          "the code was not taken: " + tokens.toErrorResponse().getErrorObject().getCode());
    }
    return (OIDCTokenResponse) tokens.toSuccessResponse();
  }

  private Optional<ClientAuthentication> authentication(OIDCProviderMetadata metadata)
      throws IOException {
    List<ClientAuthenticationMethod> methods = metadata.getTokenEndpointAuthMethods();
    boolean posted =
        methods != null
            && !methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
            && methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_POST);
    return settings
        .clientSecret()
        .map(Secret::new)
        .map(
            secret ->
                posted
                    ? new ClientSecretPost(client, secret)
                    : new ClientSecretBasic(client, secret));
  }

  /** What was known serves on while the provider is away. */
  private synchronized Known known() throws SignInRefused {
    Instant now = clock.instant();
    if (known != null && now.isBefore(known.at().plus(FRESH))) {
      return known;
    }
    if (now.isBefore(failedAt.plus(PAUSE))) {
      return orRefuse("it was not there a moment ago", null);
    }
    try {
      known = discover(now);
      return known;
    } catch (GeneralException | IOException e) {
      failedAt = clock.instant();
      return orRefuse(e.getMessage(), e);
    }
  }

  private Known orRefuse(String why, Exception cause) throws SignInRefused {
    if (known == null) {
      throw new SignInRefused(
          Problem.UNREACHABLE, "no discovery document of %s: %s".formatted(issuer, why), cause);
    }
    return known;
  }

  private Known discover(Instant now) throws GeneralException, IOException {
    OIDCProviderMetadata metadata = OIDCProviderMetadata.resolve(issuer, OidcProvider::bound);
    for (URI address :
        new URI[] {
          metadata.getAuthorizationEndpointURI(),
          metadata.getTokenEndpointURI(),
          metadata.getJWKSetURI()
        }) {
      if (!OidcSettings.isSecure(address)) {
        throw new GeneralException("the document names an address that is missing or not https");
      }
    }
    JWKSource<SecurityContext> keys =
        JWKSourceBuilder.create(
                metadata.getJWKSetURI().toURL(),
                new DefaultResourceRetriever(CONNECT_MILLIS, READ_MILLIS, MOST_KEY_BYTES))
            .refreshAheadCache(false)
            .build();
    return new Known(
        metadata,
        new IDTokenValidator(
            issuer, client, new JWSVerificationKeySelector<>(SIGNATURES, keys), null),
        now);
  }

  private static void bound(HTTPRequest request) {
    request.setConnectTimeout(CONNECT_MILLIS);
    request.setReadTimeout(READ_MILLIS);
  }
}
