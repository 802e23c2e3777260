package io.dualtrack.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.schemas.Lane;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DispatcherConfigTest {

  private static final Map<String, String> GOOD =
      Map.of(
          "DUALTRACK_LANE", "api",
          "DUALTRACK_BOOTSTRAP", "127.0.0.1:19092",
          "DUALTRACK_ENDPOINTS", "sandbox=http://127.0.0.1:18090/v1, vllm = https://vllm:8000/v1",
          "DUALTRACK_DRAIN_SECONDS", "3",
          "OPENAI_API_KEY", "sk-secret");

  @Test
  void readsTheEnvironmentAndDoesNotPrintKeys() {
    DispatcherConfig config = DispatcherConfig.fromEnvironment(GOOD);
    assertThat(config.lane()).isEqualTo(Lane.API);
    assertThat(config.instance()).isEqualTo("0");
    assertThat(config.drain()).isEqualTo(Duration.ofSeconds(3));
    assertThat(config.endpoints())
        .containsEntry("sandbox", URI.create("http://127.0.0.1:18090/v1"))
        .containsEntry("vllm", URI.create("https://vllm:8000/v1"));
    assertThat(config.toString()).doesNotContain("sk-secret");
  }

  @ParameterizedTest
  @CsvSource({
    "DUALTRACK_LANE,",
    "DUALTRACK_LANE,cloud",
    "DUALTRACK_BOOTSTRAP,' '",
    "DUALTRACK_ENDPOINTS,sandbox",
    "DUALTRACK_ENDPOINTS,sandbox=file:///etc",
    "DUALTRACK_ENDPOINTS,=http://host/v1",
    "DUALTRACK_DRAIN_SECONDS,-1"
  })
  void namesTheVariableThatIsWrong(String variable, String value) {
    Map<String, String> environment = new HashMap<>(GOOD);
    if (value == null) {
      environment.remove(variable);
    } else {
      environment.put(variable, value);
    }
    assertThatThrownBy(() -> DispatcherConfig.fromEnvironment(environment))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(variable);
  }
}
