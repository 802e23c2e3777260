package io.dualtrack.inference.access;

import io.dualtrack.inference.adapter.Authorization;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.schemas.Offering;
import java.net.URI;
import java.time.Clock;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

/**
 * AWS's signature, version 4, by the SDK's own signer.
 *
 * <p>An offering's key variable is a prefix here: {@code AWS} stands for {@code AWS_ACCESS_KEY_ID},
 * {@code AWS_SECRET_ACCESS_KEY} and, for credentials that end, {@code AWS_SESSION_TOKEN}. Where
 * {@code AWS_CREDENTIALS} is {@code default} they come from the SDK's default chain instead: the
 * role of the container or the instance, or a profile. The region is in the address of Bedrock;
 * where it is not, it is {@code AWS_REGION}.
 */
public final class AwsSignature {

  private static final String SERVICE = "bedrock";
  private static final String DEFAULT_CHAIN = "default";
  private static final String USUAL_REGION = "us-east-1";
  private static final Pattern HOST =
      Pattern.compile("bedrock-runtime(?:-fips)?\\.([a-z0-9-]+)\\.amazonaws\\.com(?:\\.cn)?");

  private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
  private final AwsChain chain = new AwsChain();
  private final Access access;
  private final Clock clock;

  public AwsSignature(Access access, InstantSource clock) {
    this.access = access;
    this.clock = clock.withZone(ZoneOffset.UTC);
  }

  /**
   * @throws ImpossibleException where this process has no such credentials
   */
  public Authorization of(Offering offering) throws ImpossibleException {
    String prefix = offering.getKeyVariable();
    if (prefix == null) {
      return Authorization.NONE;
    }
    String configured = access.optional(prefix + "_REGION").orElse(USUAL_REGION);
    if (access.optional(prefix + "_CREDENTIALS").filter(DEFAULT_CHAIN::equals).isPresent()) {
      return request ->
          chain
              .identity()
              .thenApply(identity -> headers(request, identity, region(request.uri(), configured)));
    }
    String id = access.required(offering, prefix + "_ACCESS_KEY_ID");
    String secret = access.required(offering, prefix + "_SECRET_ACCESS_KEY");
    AwsCredentialsIdentity identity =
        access
            .optional(prefix + "_SESSION_TOKEN")
            .<AwsCredentialsIdentity>map(
                token -> AwsSessionCredentialsIdentity.create(id, secret, token))
            .orElseGet(() -> AwsCredentialsIdentity.create(id, secret));
    return request ->
        CompletableFuture.completedFuture(
            headers(request, identity, region(request.uri(), configured)));
  }

  private static String region(URI uri, String configured) {
    Matcher matcher = HOST.matcher(uri.getHost());
    return matcher.matches() ? matcher.group(1) : configured;
  }

  private Map<String, String> headers(
      ProviderRequest request, AwsCredentialsIdentity identity, String region) {
    SdkHttpRequest.Builder message =
        SdkHttpRequest.builder()
            .method(SdkHttpMethod.fromValue(request.method()))
            .uri(request.uri());
    request.headers().forEach(message::putHeader);
    SignedRequest signed =
        signer.sign(
            sign ->
                sign.identity(identity)
                    .request(message.build())
                    .payload(ContentStreamProvider.fromByteArray(request.body()))
                    .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, SERVICE)
                    .putProperty(AwsV4HttpSigner.REGION_NAME, region)
                    .putProperty(HttpSigner.SIGNING_CLOCK, clock));
    Map<String, String> added = new HashMap<>();
    signed
        .request()
        .headers()
        .forEach(
            (name, values) -> {
              if (!name.equalsIgnoreCase("host") && !request.headers().containsKey(name)) {
                added.put(name, first(values));
              }
            });
    return added;
  }

  private static String first(List<String> values) {
    return values.get(0);
  }
}
