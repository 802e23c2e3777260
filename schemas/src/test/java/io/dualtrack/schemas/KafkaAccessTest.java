package io.dualtrack.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaAccessTest {

  @TempDir Path folder;

  @Test
  void aFileOfSettingsServesEveryClient() throws IOException {
    KafkaAccess access = read("security.protocol=SASL_SSL\nsasl.mechanism = SCRAM-SHA-512 \n");

    assertThat(access.settings())
        .isEqualTo(
            Map.of(
                "bootstrap.servers", "a:1,b:2",
                "security.protocol", "SASL_SSL",
                "sasl.mechanism", "SCRAM-SHA-512"));
  }

  @Test
  void withoutAFileThereAreOnlyTheBrokers() {
    assertThat(KafkaAccess.fromEnvironment(Map.of("DUALTRACK_BOOTSTRAP", "a:1")).settings())
        .isEqualTo(Map.of("bootstrap.servers", "a:1"));
  }

  @Test
  void secretsAreNotInItsText() throws IOException {
    assertThat(read("ssl.key.password=hunter2").toString())
        .doesNotContain("hunter2")
        .contains("a:1,b:2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "acks",
        "enable.idempotence",
        "isolation.level",
        "transactional.id",
        "group.id",
        "bootstrap.servers",
        "no.such.setting"
      })
  void whatGuaranteesRestOnIsRefusedByItsName(String setting) {
    assertThatThrownBy(() -> read(setting + "=secret"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(setting)
        .hasMessageNotContaining("secret");
  }

  @Test
  void aFileThatIsMissingIsNamed() {
    assertThatThrownBy(
            () ->
                KafkaAccess.fromEnvironment(
                    Map.of(
                        "DUALTRACK_BOOTSTRAP",
                        "a:1",
                        "DUALTRACK_KAFKA_CONFIG",
                        folder.resolve("none").toString())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("DUALTRACK_KAFKA_CONFIG")
        .hasMessageContaining("none");
  }

  @Test
  void withoutBrokersTheVariableIsNamed() {
    assertThatThrownBy(() -> KafkaAccess.fromEnvironment(Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("DUALTRACK_BOOTSTRAP");
  }

  private KafkaAccess read(String properties) throws IOException {
    Path file = Files.writeString(folder.resolve("client.properties"), properties);
    return KafkaAccess.fromEnvironment(
        Map.of("DUALTRACK_BOOTSTRAP", "a:1,b:2", "DUALTRACK_KAFKA_CONFIG", file.toString()));
  }
}
