package io.dualtrack.gateway.http;

import static io.dualtrack.gateway.Http.CHAT;
import static io.dualtrack.gateway.Http.CHATS;
import static io.dualtrack.gateway.Http.assertError;
import static io.dualtrack.gateway.Http.assertErrorBody;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.gateway.Http;
import io.dualtrack.gateway.RunningGateway;
import io.dualtrack.gateway.RunningGateway.Gateway;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is sent to break the gateway gets an error that says so, and everybody else is served. */
@ExtendWith(RunningGateway.class)
class HostileInputIT {

  private static final long HUGE = 300L * 1024 * 1024;

  private final Gateway gateway;

  HostileInputIT(Gateway gateway) {
    this.gateway = gateway;
  }

  @AfterEach
  void everybodyElseIsServed() throws Exception {
    assertThat(post(CHAT).statusCode()).isEqualTo(200);
  }

  @Test
  void aHugeBodyIsRefusedByItsHeadAlone() throws Exception {
    String answer = Http.raw(gateway.uri(), head("Content-Length: " + HUGE));

    assertThat(answer).startsWith("HTTP/1.1 413");
    assertErrorBody(bodyOf(answer), "request_too_large");
  }

  @Test
  void aHugeBodyThatDoesNotSayItsLengthIsRefusedWhenItIsTooMuch() throws Exception {
    try (Socket socket = new Socket(gateway.uri().getHost(), gateway.uri().getPort())) {
      socket.setSoTimeout(20_000);
      OutputStream out = socket.getOutputStream();
      out.write(head("Transfer-Encoding: chunked"));
      byte[] chunk = ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.UTF_8);
      long sent = 0;
      try {
        for (; sent < HUGE; sent += chunk.length) {
          out.write(chunk);
        }
      } catch (SocketException e) {
        // The gateway has answered and closed; what it said may be lost with the connection.
        assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe|closed|abort).*");
      }
      assertThat(sent).isLessThan(64L * 1024 * 1024);
    }
  }

  @Test
  void aHeadThatNeverEndsIsNotWaitedFor() throws Exception {
    AtomicBoolean closed = new AtomicBoolean();
    try (Socket socket = new Socket(gateway.uri().getHost(), gateway.uri().getPort())) {
      socket.setSoTimeout(200);
      OutputStream out = socket.getOutputStream();
      out.write("GET /v1/models HTTP/1.1\r\nHost: x\r\n".getBytes(StandardCharsets.UTF_8));
      InputStream in = socket.getInputStream();
      for (int line = 0; line < 100 && !closed.get(); line++) {
        closed.set(trickle(out, in, "X-%d: y\r\n".formatted(line)));
      }
    }

    assertThat(closed).isTrue();
  }

  @Test
  void aBodyThatTricklesIsNotWaitedFor() throws Exception {
    AtomicBoolean ended = new AtomicBoolean();
    try (Socket socket = new Socket(gateway.uri().getHost(), gateway.uri().getPort())) {
      socket.setSoTimeout(200);
      OutputStream out = socket.getOutputStream();
      out.write(head("Content-Length: 100000"));
      InputStream in = socket.getInputStream();
      for (int i = 0; i < 100 && !ended.get(); i++) {
        ended.set(trickle(out, in, "x"));
      }
    }

    assertThat(ended).isTrue();
  }

  /** Sends a little and listens for a while; whether the server answered or closed. */
  private static boolean trickle(OutputStream out, InputStream in, String text) throws IOException {
    try {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
      in.read();
      return true;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  @Test
  void jsonThatNestsDeepIsRefused() throws Exception {
    String deep = "[".repeat(100_000) + "]".repeat(100_000);

    assertError(post(CHAT.replace("\"Hi\"", deep)), 400, "invalid_json");
  }

  @Test
  void aBodyThatIsPackedIsNotUnpacked() throws Exception {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(bomb)) {
      zip.write(new byte[8 * 1024 * 1024]);
    }

    HttpResponse<String> answer =
        Http.send(
            Http.request(gateway.uri(), CHATS, RunningGateway.KEY)
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(bomb.toByteArray())));

    assertError(answer, 415, "unsupported_content_encoding");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/models/../../etc/passwd",
        "/v1/models/..%2f..%2fetc%2fpasswd",
        "/v1/models/%2e%2e/%2e%2e/etc/passwd",
        "/v1/models/..;/secret",
        "/v1/models/%00",
        "/v1/models/a%5c..%5cb",
        "/v1//models/%",
      })
  void aPathThatClimbsLeadsNowhere(String path) throws Exception {
    String answer =
        Http.raw(
            gateway.uri(),
            ("GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n")
                .formatted(path, RunningGateway.KEY)
                .getBytes(StandardCharsets.UTF_8));

    assertThat(answer).matches("(?s)HTTP/1\\.1 4\\d\\d .*");
    assertThat(bodyOf(answer)).contains("\"error\"").contains("\"param\"");
    assertThat(answer).doesNotContain("root:").doesNotContain("Exception");
  }

  @Test
  void aHeaderCannotBePutIntoTheAnswer() throws Exception {
    HttpResponse<String> answer =
        Http.get(gateway.uri(), "/v1/models/x%0d%0aX-Evil:%20yes", RunningGateway.KEY);

    assertThat(answer.headers().map()).doesNotContainKey("x-evil");
    assertThat(answer.statusCode()).isBetween(400, 499);
  }

  @Test
  void aHeadWithLineEndsInItsValuesIsNoHttp() throws Exception {
    String answer =
        Http.raw(
            gateway.uri(),
            "GET /v1/models HTTP/1.1\r\nHost: x\r\nBad Name: y\r\nConnection: close\r\n\r\n"
                .getBytes(StandardCharsets.UTF_8));

    assertThat(answer).startsWith("HTTP/1.1 400");
    assertErrorBody(bodyOf(answer), "bad_request");
  }

  @Test
  void aHeadThatIsTooLargeIsRefused() throws Exception {
    String answer =
        Http.raw(
            gateway.uri(),
            ("GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Long: " + "x".repeat(100_000) + "\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));

    assertThat(answer).startsWith("HTTP/1.1 431");
    assertErrorBody(bodyOf(answer), "headers_too_large");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\ud83d", "\\ude00", "\\ude00\\ud83d"})
  void halfOfASurrogatePairIsRefused(String text) throws Exception {
    assertError(post(CHAT.replace("Hi", text)), 400, "invalid_unicode");
  }

  @Test
  void bytesThatAreNoUtf8AreRefused() throws Exception {
    byte[] body = CHAT.replace("Hi", "H?").getBytes(StandardCharsets.ISO_8859_1);
    body[CHAT.indexOf("Hi") + 1] = (byte) 0xff;

    HttpResponse<String> answer =
        Http.send(
            Http.request(gateway.uri(), CHATS, RunningGateway.KEY)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)));

    assertError(answer, 400, "invalid_json");
    assertThat(answer.body()).doesNotContain("Hi");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-5", "0", "99999999999999999999", "1e3", "soon"})
  void aDeadlineThatIsNoneIsRefused(String seconds) throws Exception {
    HttpResponse<String> answer =
        Http.send(
            Http.request(gateway.uri(), CHATS, RunningGateway.KEY)
                .header("X-Dualtrack-Deadline-Seconds", seconds)
                .POST(HttpRequest.BodyPublishers.ofString(CHAT)));

    assertError(answer, 400, "invalid_header");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "\"text\"",
        "{",
        "{\"model\":\"a\"}{\"model\":\"b\"}",
        "{\"model\":\"a\",\"model\":\"b\",\"messages\":[{}]}",
        "{\"model\":5,\"messages\":[{}]}",
        "{\"model\":\"a\",\"messages\":{}}",
        "{\"model\":\"a\",\"messages\":[]}",
        "{\"model\":\"a\",\"messages\":[{}],\"stream\":\"yes\"}",
        "{\"messages\":[{}]}",
      })
  void aBodyThatIsNoChatIsRefused(String body) throws Exception {
    HttpResponse<String> answer = post(body);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertErrorBody(answer.body(), Http.json(answer).at("/error/code").asText());
  }

  @Test
  void whatIsNotThereIsSaidInTheSameForm() throws Exception {
    assertError(Http.get(gateway.uri(), "/v1/nothing", RunningGateway.KEY), 404, "not_found");
    assertError(Http.get(gateway.uri(), CHATS, RunningGateway.KEY), 405, "method_not_allowed");
  }

  private HttpResponse<String> post(String body) throws Exception {
    return Http.post(gateway.uri(), CHATS, RunningGateway.KEY, body);
  }

  private static byte[] head(String header) {
    return ("POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n")
        .formatted(CHATS, RunningGateway.KEY, header)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String bodyOf(String answer) {
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }
}
