package io.dualtrack.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.local.stack.KafkaChoice;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class KafkaOptionsTest {

  private static final Map<String, String> ENVIRONMENT =
      Map.of("DUALTRACK_BOOTSTRAP", "a:9092,b:9092", "DUALTRACK_REGISTRY", "http://r:8081/");

  @Test
  void aStackHasItsOwnBrokerAndRegistryUnlessTheOptionsOrTheEnvironmentSayOtherwise() {
    assertThat(choice(Map.of())).isEqualTo(new KafkaChoice.Own(19_092, 18_081));
    assertThat(choice(Map.of("DUALTRACK_BOOTSTRAP", " "), "--registry-port", "0"))
        .isEqualTo(new KafkaChoice.Own(19_092, 0));
    assertThat(choice(ENVIRONMENT))
        .isEqualTo(new KafkaChoice.Outside("a:9092,b:9092", URI.create("http://r:8081")));
    assertThat(choice(ENVIRONMENT, "--kafka", "c:9092"))
        .isEqualTo(new KafkaChoice.Outside("c:9092", URI.create("http://r:8081")));
  }

  @Test
  void aClusterWithoutARegistryAndARegistryWithoutAClusterAreRefused() {
    assertThatThrownBy(() -> choice(Map.of(), "--kafka", "a:9092"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--kafka (or DUALTRACK_BOOTSTRAP) is given")
        .hasMessageContaining("--registry (or DUALTRACK_REGISTRY) is not");
    assertThatThrownBy(() -> choice(Map.of("DUALTRACK_REGISTRY", "http://r:8081")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--registry (or DUALTRACK_REGISTRY) is given");
  }

  @Test
  void portsOfItsOwnBrokerAndAClusterThatExistsDoNotGoTogether() {
    assertThatThrownBy(() -> choice(ENVIRONMENT, "--kafka-port", "0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("leave one or the other out");
  }

  @Test
  void whatIsNoAddressIsRefusedWithTheFormThatIsWanted() {
    assertThatThrownBy(() -> choice(ENVIRONMENT, "--kafka", "a:9092,b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--kafka is 'a:9092,b'; give HOST:PORT");
    assertThatThrownBy(() -> choice(ENVIRONMENT, "--registry", "r:8081"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--registry is 'r:8081'");
    assertThatThrownBy(() -> choice(ENVIRONMENT, "--registry", "http://a host"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--registry is 'http://a host'");
  }

  private static KafkaChoice choice(Map<String, String> environment, String... args) {
    return CommandLine.populateCommand(new KafkaOptions(), args).choice(environment);
  }
}
