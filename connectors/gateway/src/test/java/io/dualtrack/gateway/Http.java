package io.dualtrack.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Calls of a gateway as a plain client makes them. */
public final class Http {

  public static final String CHAT =
      "{\"model\":\"gpt-5.6-sol\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
  public static final String CHATS = "/v1/chat/completions";

  private static final JsonMapper JSON = new JsonMapper();
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private Http() {}

  public static HttpRequest.Builder request(URI base, String path, String key) {
    return HttpRequest.newBuilder(base.resolve(path))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", "Bearer " + key)
        .header("Content-Type", "application/json");
  }

  public static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return CLIENT.send(request.build(), BodyHandlers.ofString());
  }

  public static HttpResponse<String> post(URI base, String path, String key, String body)
      throws Exception {
    return send(request(base, path, key).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  public static HttpResponse<String> get(URI base, String path, String key) throws Exception {
    return send(request(base, path, key).GET());
  }

  public static JsonNode json(HttpResponse<String> answer) throws JsonProcessingException {
    return JSON.readTree(answer.body());
  }

  /** All that a server sends over one connection until it closes it. */
  public static String raw(URI base, byte[] bytes) throws IOException {
    try (Socket socket = new Socket(base.getHost(), base.getPort())) {
      socket.setSoTimeout(20_000);
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      out.flush();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** That an answer is OpenAI's error, with all four keys, and says nothing of the inside. */
  public static void assertError(HttpResponse<String> answer, int status, String code)
      throws Exception {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("x-request-id")).isPresent();
    assertErrorBody(answer.body(), code);
  }

  public static void assertErrorBody(String body, String code) throws Exception {
    JsonNode error = JSON.readTree(body).path("error");
    assertThat(error.fieldNames()).toIterable().containsExactly("message", "type", "param", "code");
    assertThat(error.path("code").asText()).isEqualTo(code);
    assertThat(body).doesNotContain("Exception").doesNotContain("at io.").doesNotContain("jetty");
  }
}
