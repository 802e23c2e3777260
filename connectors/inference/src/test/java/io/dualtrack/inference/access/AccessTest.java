package io.dualtrack.inference.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.inference.Samples;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessTest {

  @ParameterizedTest
  @CsvSource({
    "https://api.openai.com/v1,true",
    "https://eu.api.openai.com/v1,true",
    "https://api.openai.com.evil.org/v1,false",
    "https://evilapi.openai.com.x/v1,false",
    "http://api.openai.com/v1,false",
    "https://user@api.openai.com/v1,false",
    "https://bedrock-runtime.eu-central-1.amazonaws.com,true",
    "https://bedrock-runtime.evil.org.amazonaws.com,false",
    "https://europe-west4-aiplatform.googleapis.com/v1,true",
    "http://127.0.0.1:11434/v1,true",
    "http://169.254.169.254/latest,false",
    "https://vllm.home.example,true",
    "http://vllm.home.example,false"
  })
  void onlyPermittedHostsAreCalled(URI address, boolean permitted) {
    Hosts hosts = Hosts.parse(Hosts.LOOPBACK + ",*.home.example");
    assertThat(hosts.permit(address)).isEqualTo(permitted);
  }

  @Test
  void aWrongSettingNamesItsVariable() {
    assertThatThrownBy(() -> Egress.fromEnvironment(Map.of("DUALTRACK_HOSTS", "a/b")))
        .hasMessageContaining("DUALTRACK_HOSTS");
    assertThatThrownBy(() -> Egress.fromEnvironment(Map.of("DUALTRACK_PROXY", "https://p:1")))
        .hasMessageContaining("DUALTRACK_PROXY");
    assertThatThrownBy(() -> Egress.fromEnvironment(Map.of("DUALTRACK_CA_FILE", "/none/ca.pem")))
        .hasMessageContaining("DUALTRACK_CA_FILE");
  }

  @Test
  void keysComeFromAMountedSecretAFileOrTheEnvironmentInThisOrder(@TempDir Path folder)
      throws Exception {
    Path file = Files.writeString(folder.resolve("elsewhere"), "from-file\n");
    Map<String, String> environment =
        Map.of(
            "DUALTRACK_SECRETS",
            folder.toString(),
            "KEY",
            "from-environment",
            "KEY_FILE",
            file.toString(),
            "OTHER",
            "other");
    AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    Credentials credentials = new Credentials(environment, now::get);
    assertThat(credentials.key("OTHER")).contains("other");
    assertThat(credentials.key("KEY")).contains("from-file");
    Files.writeString(folder.resolve("KEY"), "mounted");
    now.set(now.get().plus(Duration.ofSeconds(11)));
    assertThat(credentials.key("KEY")).contains("mounted");
    Files.writeString(folder.resolve("KEY"), "changed");
    assertThat(credentials.key("KEY")).as("read again after a while").contains("mounted");
    now.set(now.get().plus(Duration.ofSeconds(11)));
    assertThat(credentials.key("KEY")).contains("changed");
    assertThat(credentials.toString()).doesNotContain("changed");
  }

  @Test
  void settingsOfThisProcessAndOtherFilesAreNoKeys(@TempDir Path folder) throws Exception {
    Path secrets = Files.createDirectory(folder.resolve("secrets"));
    Files.writeString(folder.resolve("outside"), "secret");
    Credentials credentials =
        new Credentials(
            Map.of("DUALTRACK_SECRETS", secrets.toString(), "DUALTRACK_PROXY_CREDENTIALS", "u:p"));
    assertThat(credentials.key("../outside")).isEmpty();
    assertThat(credentials.key("DUALTRACK_PROXY_CREDENTIALS")).isEmpty();
  }

  @Test
  void aConfiguredEndpointKnowsWhatItIsCalledFor() throws Exception {
    Access access =
        new Access(
            new Credentials(Map.of()),
            Map.of("sandbox", "http://127.0.0.1:1/:dialect/:offering/v1"),
            Hosts.parse("host"));
    assertThat(access.uri(Samples.offering("a b", "sandbox"), "/x"))
        .hasToString("http://127.0.0.1:1/openai/a%20b/v1/x");
  }

  @Test
  void theQueryOfAnAddressStaysBehindThePath() throws Exception {
    Access access = new Access(new Credentials(Map.of()), Map.of(), Hosts.parse("h"));
    assertThat(access.uri(Samples.offering("a", "https://h/base?api-version=1"), "/x?y=2"))
        .hasToString("https://h/base/x?y=2&api-version=1");
  }
}
