package io.dualtrack.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.gateway.GatewayConfig;
import io.dualtrack.gateway.access.AccessControl;
import io.dualtrack.gateway.access.Sessions;
import io.dualtrack.schemas.KafkaAccess;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DrainTest {

  /** More than the buffers of a connection hold. */
  private static final int BYTES = 20_000_000;

  private final HttpServer server =
      HttpServer.start(
          GatewayConfig.of(KafkaAccess.at("unused:9092"), "0", 0),
          new AccessControl(
              () -> {
                throw new IllegalStateException("open routes ask nobody");
              },
              new Sessions(InstantSource.system())),
          () -> true,
          List.of(
              new OpenRoute(
                  "/large", () -> new OpenRoute.Answer(200, "text/plain", new byte[BYTES])),
              new OpenRoute("/small", () -> OpenRoute.Answer.json(200, "{}"))),
          routes -> {},
          new SimpleMeterRegistry());

  @Test
  void aStopClosesWhoWaitsForNothingAtOnceAndLetsASlowReaderReadToTheEnd() throws Exception {
    try (Socket slow = ask("/large");
        Socket idle = ask("/small")) {
      InputStream answer = slow.getInputStream();
      assertThat(answer.readNBytes(1_000)).hasSize(1_000);
      assertThat(idle.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");

      CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
      idle.getInputStream().transferTo(OutputStream.nullOutputStream());

      assertThat(stopped).isNotDone();
      assertThat(answer.readAllBytes()).hasSizeGreaterThan(BYTES - 1_000);
      stopped.get(30, TimeUnit.SECONDS);
    }
  }

  private Socket ask(String path) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(16 * 1024);
    socket.setSoTimeout(30_000);
    socket.connect(new InetSocketAddress(server.uri().getHost(), server.uri().getPort()));
    socket
        .getOutputStream()
        .write(
            "GET %s HTTP/1.1\r\nHost: gateway\r\n\r\n"
                .formatted(path)
                .getBytes(StandardCharsets.US_ASCII));
    return socket;
  }
}
