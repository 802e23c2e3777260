package io.dualtrack.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.HttpResponse;
import com.openai.errors.NotFoundException;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import io.dualtrack.gateway.RunningGateway.Gateway;
import io.dualtrack.schemas.InferenceRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Files and batches over HTTP: OpenAI's own Java client, and Anthropic's wire. */
@ExtendWith(RunningGateway.class)
class BatchClientsIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Gateway gateway;
  private final OpenAIClient client;
  private final OpenAIClient other;

  BatchClientsIT(Gateway gateway) {
    this.gateway = gateway;
    this.client = client(RunningGateway.KEY);
    this.other = client(RunningGateway.OTHER_KEY);
  }

  private OpenAIClient client(String key) {
    return OpenAIOkHttpClient.builder().baseUrl(gateway.uri() + "/v1").apiKey(key).build();
  }

  @AfterEach
  void close() {
    client.close();
    other.close();
  }

  private static byte[] lines(String prefix, int count) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(
            i ->
                """
                {"custom_id":"%s%d","method":"POST","url":"/v1/chat/completions","body":%s}
                """
                    .formatted(prefix, i, Http.CHAT))
        .collect(Collectors.joining())
        .getBytes(StandardCharsets.UTF_8);
  }

  private Batch create(String file) {
    return client
        .batches()
        .create(
            BatchCreateParams.builder()
                .inputFileId(file)
                .endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
                .completionWindow(BatchCreateParams.CompletionWindow._24H)
                .build());
  }

  @Test
  void anOpenAiClientUploadsCreatesPollsAndDownloads() throws IOException {
    FileObject file =
        client
            .files()
            .create(
                FileCreateParams.builder()
                    .file(lines("sdk-", 100))
                    .purpose(FilePurpose.BATCH)
                    .build());
    assertThat(file.bytes()).isEqualTo(lines("sdk-", 100).length);

    String id = create(file.id()).id();
    assertThat(create(file.id()).id()).as("a repeated create").isEqualTo(id);
    Batch batch =
        await()
            .atMost(PATIENCE)
            .until(
                () -> client.batches().retrieve(id),
                each -> each.status().equals(Batch.Status.COMPLETED));

    assertThat(batch.requestCounts().orElseThrow().completed()).isEqualTo(100);
    try (HttpResponse content = client.files().content(batch.outputFileId().orElseThrow())) {
      assertThat(new String(content.body().readAllBytes(), StandardCharsets.UTF_8).split("\n"))
          .hasSize(100)
          .allSatisfy(line -> assertThat(line).contains("Hello from the stand-in."));
    }
    assertThat(client.batches().list().items()).extracting(Batch::id).contains(id);
    assertThatThrownBy(() -> other.batches().retrieve(id)).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> other.files().retrieve(file.id()))
        .isInstanceOf(NotFoundException.class);
    assertThat(client.files().delete(file.id()).deleted()).isTrue();
    assertThatThrownBy(() -> client.files().retrieve(file.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void aBatchOfMessagesEndsWithMessages() throws Exception {
    String path = "/v1/messages/batches";
    String body =
        """
        {"requests":[
          {"custom_id":"m-1","params":{"model":"gpt-5.6-sol","max_tokens":64,"system":"Be brief.",
            "messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]}}]}
        """;
    String refused = body.replace("\"max_tokens\"", "\"top_k\":5,\"max_tokens\"");
    assertThat(Http.post(gateway.uri(), path, RunningGateway.KEY, refused).body())
        .contains("requests.0: params.top_k")
        .contains("invalid_request_error");

    JsonNode made = Http.json(Http.post(gateway.uri(), path, RunningGateway.KEY, body));
    assertThat(made.path("type").asText()).isEqualTo("message_batch");
    JsonNode batch =
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    Http.json(
                        Http.get(
                            gateway.uri(),
                            path + "/" + made.path("id").asText(),
                            RunningGateway.KEY)),
                each -> each.path("processing_status").asText().equals("ended"));

    assertThat(batch.at("/request_counts/succeeded").asInt()).as(batch.toString()).isEqualTo(1);
    String results = URI.create(batch.path("results_url").asText()).getPath();
    JsonNode line = Http.json(Http.get(gateway.uri(), results, RunningGateway.KEY));
    assertThat(line.path("custom_id").asText()).isEqualTo("m-1");
    assertThat(line.at("/result/message/content/0/text").asText())
        .isEqualTo("Hello from the stand-in.");
    assertThat(line.at("/result/message/stop_reason").asText()).isEqualTo("end_turn");
  }

  @Test
  void aBatchOfResponsesIsAskedAsChatsAndAnsweredAsResponses() throws IOException {
    String lines =
        """
        {"custom_id":"r-1","method":"POST","url":"/v1/responses",\
        "body":{"model":"gpt-5.6-sol","instructions":"Be brief.","input":"Hi","max_output_tokens":9}}
        {"custom_id":"r-2","method":"POST","url":"/v1/responses",\
        "body":{"model":"gpt-5.6-sol","input":[{"role":"user","content":"Hi"}]}}
        """;
    FileObject file =
        client
            .files()
            .create(
                FileCreateParams.builder()
                    .file(lines.getBytes(StandardCharsets.UTF_8))
                    .purpose(FilePurpose.BATCH)
                    .build());
    String id =
        client
            .batches()
            .create(
                BatchCreateParams.builder()
                    .inputFileId(file.id())
                    .endpoint(BatchCreateParams.Endpoint.V1_RESPONSES)
                    .completionWindow(BatchCreateParams.CompletionWindow._24H)
                    .build())
            .id();
    Batch batch =
        await()
            .atMost(PATIENCE)
            .until(
                () -> client.batches().retrieve(id),
                each -> each.status().equals(Batch.Status.COMPLETED));

    assertThat(
            gateway.standIn().taken().stream()
                .filter(request -> request.getReplyKey().equals(id))
                .map(InferenceRequest::getBody))
        // Requests of a batch are read from several partitions, in any order.
        .anySatisfy(
            body ->
                assertThat(body)
                    .contains(
                        "{\"role\":\"system\",\"content\":\"Be brief.\"}",
                        "max_completion_tokens"));
    try (HttpResponse content = client.files().content(batch.outputFileId().orElseThrow())) {
      List<JsonNode> answers = new ArrayList<>();
      for (String line :
          new String(content.body().readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        answers.add(new JsonMapper().readTree(line));
      }
      assertThat(answers)
          .extracting(line -> line.path("custom_id").asText())
          .containsExactly("r-1", "r-2");
      assertThat(answers)
          .extracting(line -> line.at("/response/body/output/0/content/0/text").asText())
          .containsOnly("Hello from the stand-in.");
      assertThat(answers)
          .extracting(line -> line.at("/response/body/instructions").asText(null))
          .containsExactly("Be brief.", null);
      assertThat(answers.get(0).at("/response/body/usage/input_tokens").asInt()).isEqualTo(5);
    }
    assertThat(batch.usage().orElseThrow().inputTokens()).isEqualTo(10);
  }

  @Test
  void badCallsAreToldWhatIsWrong() throws Exception {
    for (String limit : new String[] {"-1", "0", "101", "x"}) {
      Http.assertError(
          Http.get(gateway.uri(), "/v1/batches?limit=" + limit, RunningGateway.KEY),
          400,
          "invalid_limit");
    }
  }
}
