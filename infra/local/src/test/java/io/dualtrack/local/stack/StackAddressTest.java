package io.dualtrack.local.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.sandbox.Behaviour;
import io.dualtrack.sandbox.Sandbox;
import io.dualtrack.sandbox.SandboxOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class StackAddressTest {

  private static final StackAddress ADDRESS =
      new StackAddress(
          "127.0.0.1:19092",
          URI.create("http://127.0.0.1:18081/apis/ccompat/v7"),
          URI.create("http://127.0.0.1:8080"),
          URI.create("http://127.0.0.1:18090"),
          Path.of("/data with a space"));

  @Test
  void itComesBackFromJsonAsItWas() throws IOException {
    assertThat(StackAddress.fromJson(ADDRESS.toJson())).isEqualTo(ADDRESS);
  }

  @Test
  void noStackAtAnAddressIsSaidWithHowToStartOne() throws IOException {
    int port = Ports.claim("test", "--port", 0);

    assertThatThrownBy(() -> StackAddress.fetch(URI.create("http://127.0.0.1:" + port)))
        .isInstanceOf(StackFailure.class)
        .hasMessageContaining("no Dualtrack stack answers")
        .hasMessageContaining("dualtrack up");
  }

  @Test
  void anotherServerAtAnAddressIsToldFromAStack() throws IOException {
    try (Sandbox other = Sandbox.start(SandboxOptions.localCatalogue(0, Behaviour.PROMPT))) {
      assertThatThrownBy(() -> StackAddress.fetch(other.uri()))
          .isInstanceOf(StackFailure.class)
          .hasMessageContaining("is no Dualtrack stack");
    }
  }
}
