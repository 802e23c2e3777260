package io.dualtrack.inference.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.inference.Samples;
import io.dualtrack.inference.adapter.Authorization;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.schemas.Offering;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AwsSignatureTest {

  private static final String ADDRESS = "https://bedrock-runtime.eu-west-1.amazonaws.com";

  private final Offering offering =
      Offering.newBuilder(Samples.offering("claude", ADDRESS))
          .setDialect("bedrock")
          .setKeyVariable("AWS")
          .build();

  private final ProviderRequest request =
      new ProviderRequest(
          URI.create(ADDRESS + "/model/m/converse"),
          Map.of("Content-Type", "application/json"),
          "{}".getBytes(StandardCharsets.UTF_8),
          1);

  @AfterEach
  void forget() {
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
    System.clearProperty("aws.sessionToken");
  }

  private Authorization with(Map<String, String> settings) throws ImpossibleException {
    Access access = new Access(new Credentials(settings), Map.of(), Hosts.parse(""));
    return new AwsSignature(access, InstantSource.system()).of(offering);
  }

  @Test
  void keysOfTheDispatcherSignForTheRegionOfTheAddress() throws Exception {
    Map<String, String> headers =
        with(Map.of("AWS_ACCESS_KEY_ID", "AKIDOWN", "AWS_SECRET_ACCESS_KEY", "s"))
            .headers(request)
            .join();
    assertThat(headers.get("Authorization"))
        .startsWith("AWS4-HMAC-SHA256 Credential=AKIDOWN/")
        .contains("/eu-west-1/bedrock/aws4_request");
  }

  @Test
  void theDefaultChainIsAskedWhereItIsChosen() throws Exception {
    // The first place of the chain, which no machine that runs this has set.
    System.setProperty("aws.accessKeyId", "AKIDCHAIN");
    System.setProperty("aws.secretAccessKey", "s");
    System.setProperty("aws.sessionToken", "session");
    Map<String, String> headers =
        with(Map.of("AWS_CREDENTIALS", "default")).headers(request).join();
    assertThat(headers.get("Authorization")).contains("Credential=AKIDCHAIN/");
    assertThat(headers).containsEntry("X-Amz-Security-Token", "session");
  }

  @Test
  void theDefaultChainIsNotAskedWhereItIsNotChosen() {
    System.setProperty("aws.accessKeyId", "AKIDCHAIN");
    System.setProperty("aws.secretAccessKey", "s");
    assertThatThrownBy(() -> with(Map.of()))
        .isInstanceOf(ImpossibleException.class)
        .hasMessageContaining("AWS_ACCESS_KEY_ID");
  }
}
