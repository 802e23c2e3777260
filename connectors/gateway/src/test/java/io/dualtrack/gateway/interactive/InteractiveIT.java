package io.dualtrack.gateway.interactive;

import static io.dualtrack.gateway.Http.CHAT;
import static io.dualtrack.gateway.Http.assertError;
import static io.dualtrack.gateway.Http.send;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dualtrack.files.BodyStore;
import io.dualtrack.files.FileStore;
import io.dualtrack.files.FileStoreConfig;
import io.dualtrack.gateway.GatewayService;
import io.dualtrack.gateway.Http;
import io.dualtrack.gateway.RunningGateway;
import io.dualtrack.gateway.RunningGateway.Gateway;
import io.dualtrack.gateway.StandIn;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.AttributeSource;
import io.dualtrack.schemas.BodyFile;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topics;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RunningGateway.class)
class InteractiveIT {

  private static final JsonMapper JSON = new JsonMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private final Gateway gateway;

  InteractiveIT(Gateway gateway) {
    this.gateway = gateway;
  }

  @Test
  void aChatIsAnsweredWithWhatWasCommittedAndWhatWasDecided() throws Exception {
    HttpResponse<String> answer = post("/v1/chat/completions", CHAT);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(JSON.readTree(answer.body()).at("/choices/0/message/content").asText())
        .isEqualTo("Hello from the stand-in.");
    assertThat(header(answer, "X-Dualtrack-Decision"))
        .isEqualTo(
            "outcome=answered; lane=API; offering=openai-gpt-5.6-sol-eu; jurisdiction=EU;"
                + " cache=miss");
    InferenceRequest sent = sent(header(answer, "X-Dualtrack-Request-Id"));
    assertThat(sent.getServiceClass()).isEqualTo(ServiceClass.INTERACTIVE);
    assertThat(sent.getTenant()).isEqualTo("acme");
    assertThat(sent.getAccount()).isEqualTo("acme-batch");
    assertThat(sent.getReplyKey()).isEqualTo(sent.getRequestId());
  }

  @Test
  void aStreamHasTheAnswerInChunksAndTheUsageThatWasAskedFor() throws Exception {
    HttpResponse<String> answer =
        post(
            "/v1/chat/completions",
            CHAT.replaceFirst(
                "\\{", "{\"stream\":true,\"stream_options\":{\"include_usage\":true},"));

    assertThat(header(answer, "Content-Type")).startsWith("text/event-stream");
    List<String> events =
        answer
            .body()
            .lines()
            .filter(line -> !line.isEmpty())
            .map(line -> line.substring(6))
            .toList();
    assertThat(events.get(events.size() - 1)).isEqualTo("[DONE]");
    StringBuilder text = new StringBuilder();
    for (String event : events.subList(0, events.size() - 1)) {
      JsonNode chunk = JSON.readTree(event);
      assertThat(chunk.path("object").asText()).isEqualTo("chat.completion.chunk");
      text.append(chunk.at("/choices/0/delta/content").asText());
    }
    assertThat(text).hasToString("Hello from the stand-in.");
    assertThat(JSON.readTree(events.get(events.size() - 2)).at("/usage/total_tokens").asInt())
        .isEqualTo(12);
    InferenceRequest sent = sent(header(answer, "X-Dualtrack-Request-Id"));
    assertThat(sent.getBody()).doesNotContain("stream");
  }

  @Test
  void aBodyThatIsTooLargeForARecordIsInAFileAndTheRequestRefersToIt() throws Exception {
    String text = "All work and no play. ".repeat(20_000);
    HttpResponse<String> answer =
        post("/v1/chat/completions", CHAT.replace("Hi", text + "4111111111111111"));

    assertThat(answer.statusCode()).isEqualTo(200);
    InferenceRequest sent = sent(header(answer, "X-Dualtrack-Request-Id"));
    assertThat(sent.getBody()).isEqualTo("{\"model\":\"gpt-5.6-sol\"}");
    assertThat(sent.getLarge().getNames()).containsExactly("messages");
    assertThat(sent.getFeatures().getMinHash().remaining()).isPositive();
    assertThat(stored(sent.getLarge().getFile()))
        .isEqualTo(
            "{\"messages\":[{\"role\":\"user\",\"content\":\"%s4111111111111111\"}]}"
                .formatted(text));
    assertThat(stored(sent.getLarge().getWithoutCards()))
        .contains("[card number removed]")
        .doesNotContain("4111111111111111");
    InferenceRequest again =
        sent(
            header(
                post(
                    "/v1/chat/completions",
                    CHAT.replace("Hi", text + "4111111111111111").replace(":[{", ": [ {")),
                "X-Dualtrack-Request-Id"));
    assertThat(again.getLarge().getFile().getContentHash())
        .isEqualTo(sent.getLarge().getFile().getContentHash());
  }

  private static String stored(BodyFile file) throws Exception {
    try (FileStore files =
        FileStoreConfig.local(Path.of("target", "gateway-data", "files")).open()) {
      return new String(new BodyStore(files).read(file), StandardCharsets.UTF_8);
    }
  }

  @Test
  void aCallerWhoLeavesWithdrawsItsRequestOnce() throws Exception {
    gateway.standIn().behave(request -> Optional.empty());
    byte[] call = raw(CHAT.replace("Hi", "I shall leave"));
    Socket socket = new Socket(gateway.uri().getHost(), gateway.uri().getPort());
    socket.getOutputStream().write(call);
    InferenceRequest sent = awaitSent("I shall leave", 1).get(0);

    socket.close();

    assertWithdrawnOnce(sent, "I shall leave");
  }

  @Test
  void aCallerWhoResetsItsHttp2StreamWithdrawsItsRequestOnce() throws Exception {
    gateway.standIn().behave(request -> Optional.empty());
    HttpClient http2 = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
    HttpResponse<String> first =
        http2.send(
            HttpRequest.newBuilder(gateway.uri().resolve("/openapi.yaml")).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(first.version()).isEqualTo(HttpClient.Version.HTTP_2);
    CompletableFuture<HttpResponse<String>> call =
        http2.sendAsync(
            request("/v1/chat/completions", RunningGateway.KEY)
                .POST(HttpRequest.BodyPublishers.ofString(CHAT.replace("Hi", "I shall reset")))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    InferenceRequest sent = awaitSent("I shall reset", 1).get(0);

    call.cancel(true);

    assertWithdrawnOnce(sent, "I shall reset");
    assertThat(
            http2
                .send(
                    HttpRequest.newBuilder(gateway.uri().resolve("/openapi.yaml")).build(),
                    HttpResponse.BodyHandlers.ofString())
                .statusCode())
        .as("the connection's other streams go on")
        .isEqualTo(200);
  }

  private void assertWithdrawnOnce(InferenceRequest sent, String text) {
    List<InferenceRequest> both = awaitSent(text, 2);
    assertThat(both.get(1).getWithdrawn()).isTrue();
    assertThat(both.get(1).getRequestId()).isEqualTo(sent.getRequestId());
    sent.setWithdrawn(true);
    assertThat(both.get(1)).isEqualTo(sent);
  }

  private static byte[] raw(String body) {
    return ("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
            + "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s")
        .formatted(RunningGateway.KEY, body.length(), body)
        .getBytes(StandardCharsets.UTF_8);
  }

  private List<InferenceRequest> awaitSent(String text, int count) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                gateway.standIn().taken().stream()
                    .filter(request -> request.getBody().contains(text))
                    .toList(),
            found -> found.size() == count);
  }

  @Test
  void whatACallerSaysInHeadersBindsTheRequest() throws Exception {
    HttpResponse<String> answer =
        send(
            request("/v1/chat/completions", RunningGateway.KEY)
                .header("X-Dualtrack-Regions", "EU, CN")
                .header("X-Dualtrack-Data-Classes", "health")
                .POST(HttpRequest.BodyPublishers.ofString(CHAT)));

    assertThat(sent(header(answer, "X-Dualtrack-Request-Id")).getAttributes())
        .containsExactlyInAnyOrder(
            new Attribute("data_subject_regions", List.of("CN", "EU"), AttributeSource.CALLER),
            new Attribute("data_classes", List.of("health"), AttributeSource.CALLER));
  }

  @Test
  void aMisspeltRestrictionIsRefusedAndNotLeftOut() throws Exception {
    HttpResponse<String> answer =
        send(
            request("/v1/chat/completions", RunningGateway.KEY)
                .header("X-Dualtrack-Region", "EU")
                .POST(HttpRequest.BodyPublishers.ofString(CHAT)));

    assertError(answer, 400, "unknown_header");
  }

  @Test
  void aRefusalSaysWhyInOpenAisForm() throws Exception {
    gateway
        .standIn()
        .behave(
            request ->
                Optional.of(StandIn.refused(request, "PROC_REGION", "no offering is in the EU")));

    HttpResponse<String> answer = post("/v1/chat/completions", CHAT);

    assertError(answer, 403, "proc_region");
    assertThat(JSON.readTree(answer.body()).at("/error/message").asText())
        .isEqualTo("No offering is in the EU.");
    assertThat(header(answer, "X-Dualtrack-Decision")).contains("outcome=refused");
  }

  @Test
  void aProvidersErrorIsPassedOnWithItsStatusAndWords() throws Exception {
    gateway
        .standIn()
        .behave(
            request ->
                Optional.of(
                    StandIn.result(request)
                        .setOutcome(Outcome.FAILED)
                        .setStatusCode(400)
                        .setErrorCode("rejected")
                        .setBody(
                            "{\"error\":{\"message\":\"too"
                                + " long\",\"type\":\"invalid_request_error\","
                                + "\"param\":\"messages\",\"code\":\"context_length_exceeded\"}}")
                        .build()));

    HttpResponse<String> answer = post("/v1/chat/completions", CHAT);

    assertError(answer, 400, "context_length_exceeded");
    assertThat(JSON.readTree(answer.body()).at("/error/param").asText()).isEqualTo("messages");
  }

  @Test
  void aRequestThatEndedAtItsDeadlineIsATimeoutThatIsNotTriedAgain() throws Exception {
    gateway
        .standIn()
        .behave(
            request ->
                Optional.of(
                    StandIn.result(request)
                        .setOutcome(Outcome.EXPIRED)
                        .setStatusCode(408)
                        .setErrorCode("expired")
                        .build()));

    HttpResponse<String> answer =
        send(
            request("/v1/chat/completions", RunningGateway.KEY)
                .header("X-Dualtrack-Deadline-Seconds", "7")
                .POST(HttpRequest.BodyPublishers.ofString(CHAT)));

    assertError(answer, 504, "deadline_exceeded");
    assertThat(header(answer, "x-should-retry")).isEqualTo("false");
    InferenceRequest sent = sent(header(answer, "X-Dualtrack-Request-Id"));
    assertThat(Duration.between(sent.getSubmittedAt(), sent.getDeadline()))
        .isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void anAnswerMayTakeLongerThanASilentConnectionIsKept() throws Exception {
    gateway
        .standIn()
        .behave(
            request -> {
              CompletableFuture.delayedExecutor(
                      RunningGateway.IDLE.plusSeconds(1).toMillis(), TimeUnit.MILLISECONDS)
                  .execute(() -> answerLate(request));
              return Optional.empty();
            });

    assertThat(post("/v1/chat/completions", CHAT).statusCode()).isEqualTo(200);
  }

  private void answerLate(InferenceRequest request) {
    gateway
        .broker()
        .send(
            Topics.RESULTS, request.getReplyKey(), StandIn.answered(request, StandIn.chat("late")));
    gateway.broker().flush();
  }

  @Test
  void embeddingsGoTheSameWay() throws Exception {
    String embedding =
        "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.5]}],"
            + "\"model\":\"e\",\"usage\":{\"prompt_tokens\":1,\"total_tokens\":1}}";
    gateway.standIn().behave(request -> Optional.of(StandIn.answered(request, embedding)));

    HttpResponse<String> answer = post("/v1/embeddings", "{\"model\":\"e\",\"input\":\"Hi\"}");

    assertThat(answer.body()).isEqualTo(embedding);
    assertThat(sent(header(answer, "X-Dualtrack-Request-Id")).getEndpoint())
        .isEqualTo("/v1/embeddings");
  }

  @Test
  void aResponseIsAskedAsAChatAndAnsweredAsAResponse() throws Exception {
    HttpResponse<String> answer =
        post(
            "/v1/responses",
            "{\"model\":\"gpt-5.6-sol\",\"instructions\":\"Be brief.\",\"input\":\"Hi\","
                + "\"max_output_tokens\":9}");

    JsonNode response = JSON.readTree(answer.body());
    assertThat(response.path("object").asText()).isEqualTo("response");
    assertThat(response.path("status").asText()).isEqualTo("completed");
    assertThat(response.at("/output/0/content/0/text").asText())
        .isEqualTo("Hello from the stand-in.");
    assertThat(response.at("/usage/input_tokens").asInt()).isEqualTo(5);
    InferenceRequest sent = sent(header(answer, "X-Dualtrack-Request-Id"));
    assertThat(sent.getEndpoint()).isEqualTo("/v1/chat/completions");
    assertThat(JSON.readTree(sent.getBody()))
        .isEqualTo(
            JSON.readTree(
                "{\"model\":\"gpt-5.6-sol\",\"max_completion_tokens\":9,\"messages\":["
                    + "{\"role\":\"system\",\"content\":\"Be brief.\"},"
                    + "{\"role\":\"user\",\"content\":\"Hi\"}]}"));
  }

  @Test
  void whatAResponseHasAndAChatHasNotIsRefusedByName() throws Exception {
    HttpResponse<String> answer =
        post(
            "/v1/responses",
            "{\"model\":\"m\",\"input\":\"Hi\",\"previous_response_id\":\"resp_1\"}");

    assertError(answer, 400, "unsupported_parameter");
    assertThat(JSON.readTree(answer.body()).at("/error/param").asText())
        .isEqualTo("previous_response_id");
  }

  @Test
  void twoInstancesEachGetTheirOwnReplies() throws Exception {
    try (GatewayService other = gateway.start("1")) {
      Awaitility.await().until(other::isReady);
      List<CompletableFuture<HttpResponse<String>>> answers =
          Stream.of(gateway.uri(), other.uri(), gateway.uri(), other.uri())
              .map(
                  uri ->
                      client.sendAsync(
                          Http.request(uri, "/v1/chat/completions", RunningGateway.KEY)
                              .POST(HttpRequest.BodyPublishers.ofString(CHAT))
                              .build(),
                          HttpResponse.BodyHandlers.ofString()))
              .toList();

      for (CompletableFuture<HttpResponse<String>> answer : answers) {
        assertThat(answer.get().statusCode()).isEqualTo(200);
      }
    }
  }

  @Test
  void aTenantWaitsForNoMoreThanItsLimitAtATime() throws Exception {
    gateway.standIn().behave(request -> Optional.empty());
    CompletableFuture<HttpResponse<String>> first =
        client.sendAsync(
            request("/v1/chat/completions", RunningGateway.SMALL_KEY)
                .header("X-Dualtrack-Deadline-Seconds", "1")
                .POST(HttpRequest.BodyPublishers.ofString(CHAT))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    Awaitility.await()
        .until(
            () ->
                gateway.standIn().taken().stream()
                    .anyMatch(request -> request.getTenant().equals("small")));

    HttpResponse<String> second =
        send(
            request("/v1/chat/completions", RunningGateway.SMALL_KEY)
                .POST(HttpRequest.BodyPublishers.ofString(CHAT)));

    assertError(second, 429, "too_many_in_flight");
    InferenceRequest waiting =
        gateway.standIn().taken().stream()
            .filter(request -> request.getTenant().equals("small"))
            .findFirst()
            .orElseThrow();
    answerLate(waiting);
    assertThat(first.get().statusCode()).isEqualTo(200);
  }

  private InferenceRequest sent(String requestId) {
    return gateway.standIn().taken().stream()
        .filter(request -> request.getRequestId().equals(requestId))
        .findFirst()
        .orElseThrow();
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElseThrow();
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return Http.post(gateway.uri(), path, RunningGateway.KEY, body);
  }

  private HttpRequest.Builder request(String path, String key) {
    return Http.request(gateway.uri(), path, key);
  }
}
