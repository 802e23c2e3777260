package io.dualtrack.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SandboxTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private Sandbox sandbox;

  @BeforeEach
  void start() throws IOException {
    sandbox = Sandbox.start(SandboxOptions.localCatalogue(0, Behaviour.PROMPT));
  }

  @AfterEach
  void stop() {
    sandbox.close();
  }

  @Test
  void aChatIsAnsweredInOpenAisShapeAndSaysThatNoModelAnswered() throws Exception {
    HttpResponse<String> response = chat("gpt-5.6-sol", "How many apples are left?", "order-1");

    JsonNode answer = JSON.readTree(response.body());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(answer.at("/object").asText()).isEqualTo("chat.completion");
    assertThat(answer.at("/model").asText()).isEqualTo("gpt-5.6-sol");
    assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    assertThat(answer.at("/choices/0/message/content").asText()).contains("sandbox, not gpt-5.6");
    JsonNode usage = answer.get("usage");
    assertThat(usage.get("prompt_tokens").asLong()).isEqualTo(7);
    assertThat(usage.get("completion_tokens").asLong()).isBetween(20L, 200L);
    assertThat(usage.get("total_tokens").asLong())
        .isEqualTo(7 + usage.get("completion_tokens").asLong());
    assertThat(usage.at("/prompt_tokens_details/cached_tokens").asLong(-1)).isZero();
    assertThat(usage.at("/completion_tokens_details/reasoning_tokens").asLong(-1))
        .isBetween(0L, usage.get("completion_tokens").asLong());
  }

  @Test
  void equalRequestsGetEqualAnswersAndOthersGetOthers() throws Exception {
    String first = chat("glm-5.2", "one", "a").body();

    assertThat(chat("glm-5.2", "one", "b").body()).isEqualTo(first);
    assertThat(chat("glm-5.2", "two", "c").body()).isNotEqualTo(first);
  }

  @Test
  void anAnswerIsNoLongerThanTheCallersLimit() throws Exception {
    String body =
        """
        {"model":"glm-5.2","max_tokens":5,"messages":[{"role":"user","content":"hello"}]}\
        """;

    JsonNode answer = JSON.readTree(post("/v1/chat/completions", body, null).body());

    assertThat(answer.at("/usage/completion_tokens").asLong()).isEqualTo(5);
    assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("length");
  }

  @Test
  void textsAreEmbeddedAsUnitVectors() throws Exception {
    String body =
        """
        {"model":"text-embedding-3-small","input":["one","two","one"],"dimensions":8}\
        """;

    JsonNode answer = JSON.readTree(post("/v1/embeddings", body, null).body());

    assertThat(answer.at("/data")).hasSize(3);
    assertThat(answer.at("/data/0/embedding")).hasSize(8);
    assertThat(answer.at("/data/2/embedding")).isEqualTo(answer.at("/data/0/embedding"));
    assertThat(answer.at("/data/1/embedding")).isNotEqualTo(answer.at("/data/0/embedding"));
    double length = 0;
    for (JsonNode value : answer.at("/data/0/embedding")) {
      length += value.asDouble() * value.asDouble();
    }
    assertThat(length).isCloseTo(1, within(1e-5));
    assertThat(answer.at("/usage/prompt_tokens").asLong()).isEqualTo(3);
  }

  @Test
  void theModelsAreListed() throws Exception {
    JsonNode models = JSON.readTree(get("/v1/models").body()).get("data");

    assertThat(models.findValuesAsText("id")).contains("gpt-5.6-sol", "kimi-k2.7");
  }

  @Test
  void badRequestsGetOpenAisErrors() throws Exception {
    assertError(post("/v1/chat/completions", "{", null), 400, null, null);
    assertError(post("/v1/chat/completions", "[]", null), 400, null, null);
    assertError(
        post("/v1/chat/completions", "{\"messages\":[{}]}", null),
        400,
        "missing_required_parameter",
        "model");
    assertError(
        post("/v1/chat/completions", "{\"model\":\"glm-5.2\"}", null),
        400,
        "missing_required_parameter",
        "messages");
    assertError(chat("gpt-2", "hello", "a"), 404, "model_not_found", "model");
    assertError(get("/v1/assistants"), 404, "unknown_url", null);
  }

  @Test
  void callsAboveTheLimitOfAMinuteAreToldWhenToComeAgain() throws Exception {
    behave("glm-5.2", "{\"requests_per_minute\":2}");

    List<HttpResponse<String>> responses =
        List.of(chat("glm-5.2", "1", "a"), chat("glm-5.2", "2", "b"), chat("glm-5.2", "3", "c"));

    assertThat(responses).extracting(HttpResponse::statusCode).containsExactly(200, 200, 429);
    assertThat(responses.get(2).headers().firstValueAsLong("retry-after").orElse(0))
        .isBetween(1L, 30L);
    assertThat(chat("kimi-k2.7", "1", "d").statusCode()).isEqualTo(200);
  }

  @Test
  void tokensAboveTheLimitOfAMinuteAreRefused() throws Exception {
    behave("glm-5.2", "{\"tokens_per_minute\":1}");

    assertThat(chat("glm-5.2", "1", "a").statusCode()).isEqualTo(200);
    assertThat(chat("glm-5.2", "2", "b").statusCode()).isEqualTo(429);
  }

  @Test
  void theFirstCallsFailWithTheStatusThatIsSet() throws Exception {
    behave("glm-5.2", "{\"fail_first_n\":2,\"status\":503}");

    assertError(chat("glm-5.2", "1", "a"), 503, null, null);
    assertError(chat("glm-5.2", "1", "a"), 503, null, null);
    assertThat(chat("glm-5.2", "1", "a").statusCode()).isEqualTo(200);
  }

  @Test
  void theSameRequestsFailEveryTimeAtAFailureRate() throws Exception {
    behave("glm-5.2", "{\"fail_rate\":0.5}");

    List<Integer> first = statuses(40);

    assertThat(first).contains(200, 500);
    assertThat(statuses(40)).isEqualTo(first);
  }

  @Test
  void aStatusAloneFailsEveryCall() throws Exception {
    behave("*", "{\"status\":401}");

    assertError(chat("kimi-k2.7", "1", "a"), 401, "invalid_api_key", null);
  }

  @Test
  void aBehaviourThatMakesNoSenseIsRefusedByName() throws Exception {
    assertThat(put("glm-5.2", "{\"fail_rate\":2}").body()).contains("fail_rate is 2.0");
    assertThat(put("glm-5.2", "{\"latency\":2}").body()).contains("latency");
    assertThat(put("glm-5.2", "").statusCode()).isEqualTo(400);
  }

  @Test
  void aModelOfAnyNameIsServedOnceItHasABehaviour() throws Exception {
    assertThat(put("meta-llama%2FLlama-3.1", "{}").statusCode()).isEqualTo(200);

    assertThat(chat("meta-llama/Llama-3.1", "1", "a").statusCode()).isEqualTo(200);
  }

  @Test
  void aHangingCallIsCountedAndGivenUpWithItsCaller() throws Exception {
    behave("glm-5.2", "{\"hang\":true}");
    String body = chatBody("glm-5.2", "hello");
    try (Socket socket = new Socket("127.0.0.1", sandbox.uri().getPort())) {
      socket.getOutputStream().write(raw(body).getBytes(StandardCharsets.UTF_8));
      await().untilAsserted(() -> assertThat(stats().get("in_flight").asLong()).isEqualTo(1));
    }
    await().untilAsserted(() -> assertThat(stats().get("in_flight").asLong()).isZero());
  }

  @Test
  void manyCallsWaitAtOnce() throws Exception {
    behave("*", "{\"latency_ms\":300,\"jitter_ms\":100}");

    List<CompletableFuture<HttpResponse<String>>> calls =
        IntStream.range(0, 300)
            .mapToObj(
                i ->
                    client.sendAsync(
                        request("glm-5.2", "call " + i, "order-" + i), BodyHandlers.ofString()))
            .toList();

    assertThat(calls).allSatisfy(call -> assertThat(call.get().statusCode()).isEqualTo(200));
    assertThat(stats().get("max_in_flight").asLong()).isGreaterThan(1);
    assertThat(stats().get("in_flight").asLong()).isZero();
  }

  @Test
  void pipelinedCallsAreAnsweredInTheirOrder() throws Exception {
    behave("glm-5.2", "{\"latency_ms\":50}");
    String slow = raw(chatBody("glm-5.2", "slow"));
    String prompt = raw(chatBody("kimi-k2.7", "prompt"));
    try (Socket socket = new Socket("127.0.0.1", sandbox.uri().getPort())) {
      socket.getOutputStream().write((slow + prompt + prompt).getBytes(StandardCharsets.UTF_8));
      socket.setSoTimeout((int) Duration.ofSeconds(10).toMillis());
      String received = readUntil(socket.getInputStream(), "\"system_fingerprint\"", 3);
      assertThat(received.indexOf("not glm-5.2")).isLessThan(received.indexOf("not kimi-k2.7"));
    }
  }

  @Test
  void aCallWhoseKeyWasSeenBeforeIsARepeatedCall() throws Exception {
    behave("kimi-k2.7", "{\"fail_first_n\":1}");
    chat("glm-5.2", "1", "a");
    chat("glm-5.2", "1", "a");
    chat("kimi-k2.7", "1", "b");
    chat("kimi-k2.7", "1", "b");
    chat("glm-5.2", "2", null);

    JsonNode stats = stats();

    assertThat(stats.get("calls").asLong()).isEqualTo(5);
    assertThat(stats.get("distinct").asLong()).isEqualTo(2);
    assertThat(stats.get("repeated").asLong()).isEqualTo(2);
    assertThat(stats.get("answered_again").asLong()).isEqualTo(1);
    assertThat(stats.get("without_key").asLong()).isEqualTo(1);
    assertThat(stats.at("/by_model/kimi-k2.7/answered").asLong()).isEqualTo(1);
    assertThat(stats.at("/by_model/kimi-k2.7/failed").asLong()).isEqualTo(1);
    assertThat(stats.at("/by_model/glm-5.2/calls").asLong()).isEqualTo(3);
  }

  @Test
  void theCountsStartAnewOnRequest() throws Exception {
    chat("glm-5.2", "1", "a");
    client.send(to("/sandbox/stats").DELETE().build(), BodyHandlers.discarding());
    chat("glm-5.2", "1", "a");

    assertThat(stats().get("calls").asLong()).isEqualTo(1);
    assertThat(stats().get("repeated").asLong()).isZero();
  }

  @Test
  void aPortInUseIsSaid() {
    int port = sandbox.uri().getPort();

    assertThatThrownBy(() -> Sandbox.start(SandboxOptions.localCatalogue(port, Behaviour.PROMPT)))
        .isInstanceOf(BindException.class);
  }

  private List<Integer> statuses(int calls) throws Exception {
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      statuses.add(chat("glm-5.2", "question " + i, null).statusCode());
    }
    return statuses;
  }

  private void behave(String model, String behaviour) throws Exception {
    assertThat(put(model, behaviour).statusCode()).isEqualTo(200);
  }

  private HttpResponse<String> put(String model, String behaviour) throws Exception {
    return client.send(
        to("/sandbox/behaviours/" + model).PUT(BodyPublishers.ofString(behaviour)).build(),
        BodyHandlers.ofString());
  }

  private JsonNode stats() throws Exception {
    return JSON.readTree(get("/sandbox/stats").body());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(to(path).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> chat(String model, String content, String key) throws Exception {
    return client.send(request(model, content, key), BodyHandlers.ofString());
  }

  private HttpRequest request(String model, String content, String key) {
    HttpRequest.Builder request =
        to("/v1/chat/completions").POST(BodyPublishers.ofString(chatBody(model, content)));
    return key == null ? request.build() : request.header("Idempotency-Key", key).build();
  }

  private HttpResponse<String> post(String path, String body, String key) throws Exception {
    HttpRequest.Builder request = to(path).POST(BodyPublishers.ofString(body));
    return client.send(
        key == null ? request.build() : request.header("Idempotency-Key", key).build(),
        BodyHandlers.ofString());
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(sandbox.uri() + path)).timeout(Duration.ofSeconds(20));
  }

  private static String chatBody(String model, String content) {
    return JSON.createObjectNode()
        .put("model", model)
        .set(
            "messages",
            JSON.createArrayNode()
                .add(JSON.createObjectNode().put("role", "user").put("content", content)))
        .toString();
  }

  private static String raw(String body) {
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: sandbox\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(body.length(), body);
  }

  private static String readUntil(InputStream in, String mark, int times) throws IOException {
    StringBuilder received = new StringBuilder();
    byte[] buffer = new byte[4_096];
    while (received.toString().split(mark, -1).length <= times) {
      int count = in.read(buffer);
      if (count < 0) {
        break;
      }
      received.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
    }
    return received.toString();
  }

  private static void assertError(
      HttpResponse<String> response, int status, String code, String param) throws IOException {
    JsonNode error = JSON.readTree(response.body()).get("error");
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(error.get("message").asText()).isNotBlank();
    assertThat(error.get("type").asText()).isNotBlank();
    assertThat(error.get("code").asText(null)).isEqualTo(code);
    assertThat(error.get("param").asText(null)).isEqualTo(param);
  }
}
