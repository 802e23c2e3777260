package io.dualtrack.inference.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.dualtrack.inference.access.Egress;
import io.dualtrack.inference.adapter.Caller;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.inference.adapter.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpCallerTest {

  private static final int LIMIT = 100_000;

  private final HttpCaller caller =
      new HttpCaller(LIMIT, 2, "test", Egress.fromEnvironment(Map.of()));
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger hangUps = new AtomicInteger();
  private final Set<InetSocketAddress> connections = ConcurrentHashMap.newKeySet();
  private final CountDownLatch never = new CountDownLatch(1);
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    server.setExecutor(executor);
    server.createContext(
        "/",
        exchange -> {
          calls.incrementAndGet();
          connections.add(exchange.getRemoteAddress());
          byte[] sent = exchange.getRequestBody().readAllBytes();
          switch (exchange.getRequestURI().getPath()) {
            case "/large" -> {
              exchange.sendResponseHeaders(200, 0);
              try (var out = exchange.getResponseBody()) {
                for (int i = 0; i < 1_000; i++) {
                  out.write(new byte[1_000]);
                }
              } catch (IOException e) {
                // The caller hangs up in the middle, as it should.
                exchange.close();
              }
            }
            case "/slow" -> {
              exchange.sendResponseHeaders(200, 10);
              exchange.getResponseBody().write('x');
              exchange.getResponseBody().flush();
              awaitQuietly();
              exchange.close();
            }
            case "/endless" -> {
              exchange.sendResponseHeaders(200, 0);
              try (var out = exchange.getResponseBody()) {
                while (!never.await(10, TimeUnit.MILLISECONDS)) {
                  out.write('x');
                  out.flush();
                }
              } catch (IOException e) {
                hangUps.incrementAndGet();
                exchange.close();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
            case "/moved" -> {
              exchange.getResponseHeaders().add("Location", "/elsewhere");
              exchange.sendResponseHeaders(307, -1);
              exchange.close();
            }
            default -> {
              exchange.sendResponseHeaders(200, sent.length);
              exchange.getResponseBody().write(sent);
              exchange.close();
            }
          }
        });
    server.start();
  }

  private void awaitQuietly() {
    try {
      never.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @AfterEach
  void stop() {
    never.countDown();
    server.stop(0);
    executor.shutdownNow();
    caller.close();
  }

  private ProviderRequest request(String path) {
    return new ProviderRequest(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path),
        Map.of("Idempotency-Key", "o-1"),
        "héllo".getBytes(StandardCharsets.UTF_8),
        1);
  }

  private Reply reply(String path, Duration timeout) throws Exception {
    return caller.call(request(path), timeout, () -> true).reply().get(20, TimeUnit.SECONDS);
  }

  @Test
  void bytesGoOutAndComeBackOverConnectionsThatAreKept() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertThat(reply("/echo", Duration.ofSeconds(10)))
          .isInstanceOfSatisfying(
              Reply.Answered.class,
              answered ->
                  assertThat(new String(answered.body(), StandardCharsets.UTF_8))
                      .isEqualTo("héllo"));
    }
    assertThat(connections).hasSize(1);
  }

  @Test
  void anAnswerBeyondTheLimitIsNotReadToItsEnd() throws Exception {
    assertThat(reply("/large", Duration.ofSeconds(10))).isEqualTo(new Reply.TooLarge(200, LIMIT));
  }

  @Test
  void theTimeoutCoversTheBodyToo() throws Exception {
    assertThat(reply("/slow", Duration.ofMillis(300))).isEqualTo(new Reply.TimedOut());
  }

  @Test
  void aCallThatIsAbortedEndsAtOnce() throws Exception {
    Caller.Call call = caller.call(request("/slow"), Duration.ofMinutes(5), () -> true);
    await().until(() -> calls.get() == 1);
    call.abort().run();
    assertThat(call.reply().get(20, TimeUnit.SECONDS)).isInstanceOf(Reply.ConnectionFailed.class);
  }

  @Test
  void aCallThatIsAbortedIsBrokenOffOnAConnectionThatWasUsedBeforeToo() throws Exception {
    reply("/echo", Duration.ofSeconds(10));
    Caller.Call call = caller.call(request("/endless"), Duration.ofMinutes(5), () -> true);
    await().until(() -> calls.get() == 2);

    call.abort().run();

    await().until(() -> hangUps.get() == 1);
    assertThat(connections).hasSize(1);
  }

  @Test
  void redirectsAreNotFollowed() throws Exception {
    assertThat(reply("/moved", Duration.ofSeconds(10)))
        .isInstanceOfSatisfying(
            Reply.Answered.class, answered -> assertThat(answered.statusCode()).isEqualTo(307));
    assertThat(calls).hasValue(1);
  }

  @Test
  void aPortWhereNobodyListensIsAFailedConnection() throws Exception {
    server.stop(0);
    assertThat(reply("/echo", Duration.ofSeconds(10))).isInstanceOf(Reply.ConnectionFailed.class);
  }

  @Test
  void nothingIsWrittenWhenItIsNotPermittedAnyMore() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      ProviderRequest request =
          new ProviderRequest(
              URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/v1"),
              Map.of(),
              new byte[10],
              1);
      Caller.Call call = caller.call(request, Duration.ofSeconds(10), () -> false);
      assertThat(call.reply().get(20, TimeUnit.SECONDS)).isEqualTo(new Reply.NotPermitted());
      socket.setSoTimeout(200);
      try (var accepted = socket.accept()) {
        assertThat(accepted.getInputStream().read()).as("end of stream").isEqualTo(-1);
      } catch (java.net.SocketTimeoutException e) {
        assertThat(e).as("no connection was made at all").isNotNull();
      }
    }
  }
}
