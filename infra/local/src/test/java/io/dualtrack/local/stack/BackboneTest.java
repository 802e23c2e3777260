package io.dualtrack.local.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.sandbox.Behaviour;
import io.dualtrack.sandbox.Sandbox;
import io.dualtrack.sandbox.SandboxOptions;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackboneTest {

  private static final URI REGISTRY = URI.create("http://127.0.0.1:1/apis/ccompat/v7");

  /** For who does not answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** For who answers. */
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path folder;

  @Test
  void brokersThatDoNotAnswerAreSaidWithTheirAddressAndWhatToDo() {
    String address = "127.0.0.1:" + Ports.claim("test", "--kafka", 0);

    assertThatThrownBy(() -> reach(address))
        .isInstanceOf(StackFailure.class)
        .hasMessageContaining("Kafka at " + address + " does not answer within 1 s")
        .hasMessageContaining("--kafka")
        .hasMessageContaining("DUALTRACK_KAFKA_CONFIG");
  }

  @Test
  void aHostThatDoesNotExistIsSaidInTheSameWay() {
    assertThatThrownBy(() -> reach("no-such-host.invalid:9092"))
        .isInstanceOf(StackFailure.class)
        .hasMessageContaining("Kafka at no-such-host.invalid:9092 does not answer")
        .hasMessageContaining("--kafka");
  }

  @Test
  void aRegistryThatDoesNotAnswerOrIsNoneIsSaidWithItsAddressAndWhatToDo() throws Exception {
    URI nobody = URI.create("http://127.0.0.1:" + Ports.claim("test", "--registry", 0));
    assertThatThrownBy(() -> OutsideBackbone.subjects(nobody, PATIENCE))
        .isInstanceOf(StackFailure.class)
        .hasMessageContaining("the schema registry at " + nobody + " does not answer within 1 s")
        .hasMessageContaining("--registry");

    try (Sandbox other = Sandbox.start(SandboxOptions.localCatalogue(0, Behaviour.PROMPT))) {
      assertThatThrownBy(() -> OutsideBackbone.subjects(other.uri(), LONG))
          .isInstanceOf(StackFailure.class)
          .hasMessageContaining(other.uri() + " answers 404 to /subjects")
          .hasMessageContaining("/apis/ccompat/v7");
    }
  }

  @Test
  void aFolderOfABrokerOfItsOwnIsOfNoOtherCluster() throws Exception {
    Files.createDirectories(folder.resolve("kafka"));
    Files.createFile(folder.resolve("kafka/meta.properties"));

    try (DataFolder data = DataFolder.open(folder)) {
      assertThatThrownBy(() -> ClusterMark.of(data).requireCluster("one"))
          .isInstanceOf(StackFailure.class)
          .hasMessageContaining(folder + " belongs to a broker of its own")
          .hasMessageContaining("--data");
    }
  }

  @Test
  void aFolderIsOfTheClusterThatItWasUsedWithAlsoAtAnotherAddress() throws Exception {
    try (DataFolder data = DataFolder.open(folder)) {
      assertThat(ClusterMark.of(data).requireCluster("one")).isFalse();
      ClusterMark.of(data).write("one", "a:9092");
      ClusterMark.of(data).write("one", "b:9092");

      assertThat(ClusterMark.of(data).requireCluster("one")).isTrue();
      assertThatThrownBy(() -> ClusterMark.of(data).requireCluster("two"))
          .hasMessageContaining("belongs to the cluster one, last at b:9092")
          .hasMessageContaining("cannot be used with the cluster two");
    }
  }

  @Test
  void settingsOfASecuredClusterAreNotTakenToABrokerOfItsOwn() throws Exception {
    Path file = Files.writeString(folder.resolve("kafka.properties"), "security.protocol=SASL_SSL");
    Map<String, String> environment = Map.of("DUALTRACK_KAFKA_CONFIG", file.toString());

    try (DataFolder data = DataFolder.open(folder)) {
      assertThatThrownBy(() -> OwnBackbone.claim(new KafkaChoice.Own(0, 0), data, environment))
          .isInstanceOf(StackFailure.class)
          .hasMessageContaining("DUALTRACK_KAFKA_CONFIG names wants SASL_SSL")
          .hasMessageContaining("--kafka");
    }
  }

  private void reach(String bootstrap) throws Exception {
    try (DataFolder data = DataFolder.open(folder)) {
      OutsideBackbone.reach(
          new KafkaChoice.Outside(bootstrap, REGISTRY),
          data,
          Map.of(),
          StackProgress.silent(),
          PATIENCE);
    }
  }
}
