package io.dualtrack.local.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.dualtrack.local.batches.BatchClient.RefusedException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloadsTest {

  private static final byte[] WHOLE = "line\n".repeat(40_000).getBytes(StandardCharsets.UTF_8);

  private final Queue<Answer> answers = new ArrayDeque<>();
  @TempDir private Path folder;
  private HttpServer server;

  /** How a gateway answers. */
  private interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> answers.remove().to(exchange));
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void aFileThatBreaksOffIsAskedForAgainAndReadOnce() throws Exception {
    answers.addAll(List.of(half(), status(503), half(), whole()));

    byte[] read;
    try (InputStream content = downloads(Duration.ofMinutes(1)).open("file-1")) {
      read = content.readAllBytes();
    }

    assertThat(read).isEqualTo(WHOLE);
    assertThat(answers).isEmpty();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aFileThatIsNotGivenIsNotAskedForAgain() {
    answers.addAll(List.of(status(404), whole()));

    assertThatThrownBy(() -> downloads(Duration.ofMinutes(1)).open("file-1"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("404");
    assertThat(answers).hasSize(1);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void patienceEnds() {
    answers.addAll(List.of(half(), whole()));

    assertThatThrownBy(() -> downloads(Duration.ZERO).open("file-1"))
        .isInstanceOf(IOException.class);
    assertThat(answers).hasSize(1);
    assertThat(folder).isEmptyDirectory();
  }

  private Downloads downloads(Duration patience) {
    URI gateway = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    return new Downloads(new BatchClient(gateway, "key"), folder, patience);
  }

  private static Answer whole() {
    return exchange -> {
      exchange.sendResponseHeaders(200, WHOLE.length);
      exchange.getResponseBody().write(WHOLE);
      exchange.close();
    };
  }

  private static Answer half() {
    return exchange -> {
      exchange.sendResponseHeaders(200, WHOLE.length);
      exchange.getResponseBody().write(WHOLE, 0, WHOLE.length / 2);
      exchange.getResponseBody().flush();
      throw new IOException("the gateway is gone");
    };
  }

  private static Answer status(int status) {
    return exchange -> {
      byte[] error = "{\"error\":{\"message\":\"no\"}}".getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, error.length);
      exchange.getResponseBody().write(error);
      exchange.close();
    };
  }
}
