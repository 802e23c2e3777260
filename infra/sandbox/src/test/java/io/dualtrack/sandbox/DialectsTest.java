package io.dualtrack.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What differs between the dialects: what is rejected, streams, prefix caches, batches. */
class DialectsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MODEL = "gpt-5.6-sol";

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

  private HttpResponse<String> send(String method, String path, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(sandbox.uri() + path))
            .method(method, BodyPublishers.ofString(body))
            .header("Content-Type", "application/json")
            .header("anthropic-version", "2026-10-21");
    if (headers.length > 0) {
      request.setHeader(headers[0], headers[1]);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private JsonNode json(HttpResponse<String> response) throws Exception {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/openai/o/v1/chat/completions|{'model':'gpt-5.6-sol','messages':[{'role':'user','content':'x'}],'frobnicate':1}|400|unknown_parameter",
        "/mistral/o/v1/chat/completions|{'model':'gpt-5.6-sol','messages':[{'role':'user','content':'x'}],'logprobs':true}|422|extra_forbidden",
        "/vllm/o/v1/chat/completions|{'model':'gpt-5.6-sol','messages':[{'role':'developer','content':'x'}]}|400|messages[0].role",
        "/azure/o/openai/deployments/gpt-5.6-sol/chat/completions|{'messages':[{'role':'user','content':'x'}]}|404|Resource"
            + " not found",
        "/anthropic/o/v1/messages|{'model':'gpt-5.6-sol','messages':[{'role':'user','content':'x'}]}|400|max_tokens",
        "/anthropic/o/v1/messages|{'model':'gpt-5.6-sol','max_tokens':9,'temperature':0,'messages':[{'role':'user','content':'x'}]}|400|temperature:"
            + " Extra inputs",
        "/anthropic/o/v1/messages|{'model':'gpt-5.6-sol','max_tokens':9,'messages':[{'role':'assistant','content':'x'}]}|400|first"
            + " message",
        "/bedrock/o/model/gpt-5.6-sol/converse|{'messages':[{'role':'user','content':[{'text':'x'}]},{'role':'user','content':[{'text':'x'}]}]}|400|must"
            + " alternate",
        "/bedrock/o/model/gpt-5.6-sol/converse|{'messages':[{'role':'user','content':[{'text':'x','image':{}}]}]}|400|exactly"
            + " one",
        "/vertex-anthropic/o/publishers/anthropic/models/gpt-5.6-sol:rawPredict|{'max_tokens':9,'messages':[{'role':'user','content':'x'}]}|400|anthropic_version",
        "/vertex-anthropic/o/publishers/anthropic/models/gpt-5.6-sol:rawPredict|{'anthropic_version':'vertex-2023-10-16','model':'m','max_tokens':9,'messages':[{'role':'user','content':'x'}]}|400|model:"
            + " Extra inputs",
        "/vertex-anthropic/o/publishers/anthropic/models/gpt-5.6-sol:rawPredict|{'anthropic_version':'vertex-2023-10-16','stream':true,'max_tokens':9,'messages':[{'role':'user','content':'x'}]}|400|streamRawPredict",
        "/vertex/o/publishers/google/models/gpt-5.6-sol:generateContent|{'contents':[{'role':'user','parts':[{'text':'x'}]}],'x':1}|400|Unknown"
            + " name"
      })
  void whatAProviderWouldRejectIsRejected(String path, String body, int status, String says)
      throws Exception {
    HttpResponse<String> response = send("POST", path, body.replace('\'', '"'));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.body()).contains(says);
  }

  @Test
  void keysAreDemandedWhereTheSandboxIsSetTo() throws Exception {
    SandboxOptions options =
        new SandboxOptions(0, List.of(MODEL), Behaviour.PROMPT, Map.of(), true);
    try (Sandbox strict = Sandbox.start(options)) {
      URI uri = URI.create(strict.uri() + "/openai/o/v1/chat/completions");
      HttpRequest request = HttpRequest.newBuilder(uri).POST(BodyPublishers.ofString("{}")).build();
      assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(401);
    }
  }

  @Test
  void aBehaviourBelongsToItsOffering() throws Exception {
    send("PUT", "/sandbox/behaviours/broken", "{\"status\":503,\"retry_after_seconds\":7}");
    String body =
        "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}".formatted(MODEL);
    HttpResponse<String> broken = send("POST", "/vllm/broken/v1/chat/completions", body);
    assertThat(broken.statusCode()).isEqualTo(503);
    assertThat(broken.headers().firstValue("retry-after")).contains("7");
    assertThat(send("POST", "/vllm/other/v1/chat/completions", body).statusCode()).isEqualTo(200);
    JsonNode stats = json(send("GET", "/sandbox/stats", ""));
    assertThat(stats.at("/by_offering/broken/failed").asInt()).isEqualTo(1);
    assertThat(stats.at("/by_offering/other/answered").asInt()).isEqualTo(1);
  }

  @Test
  void aStreamHoldsWhatTheAnswerInOnePieceHolds() throws Exception {
    String body = "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]%s}";
    String path = "/openai/o/v1/chat/completions";
    String stream = send("POST", path, body.formatted(MODEL, ",\"stream\":true")).body();
    assertThat(stream).startsWith("data: ").endsWith("data: [DONE]\n\n");
    assertThat(stream).contains("\"finish_reason\":\"stop\"").doesNotContain("\"usage\"");
  }

  @Test
  void vllmCountsTheBlocksOfAPrefixThatItStillHas() throws Exception {
    send("PUT", "/sandbox/behaviours/replica", "{\"cache_blocks\":3}");
    String block = "0123456789abcdef".repeat(128);
    assertThat(cached(block + "1".repeat(2_048))).isZero();
    assertThat(cached(block + "2".repeat(2_048))).isEqualTo(512);
    assertThat(cached(block + "1".repeat(2_048))).isEqualTo(1_024);
    assertThat(cached("3".repeat(2_048 * 3))).isZero();
    assertThat(cached(block + "2".repeat(2_048))).as("evicted").isZero();
    JsonNode cache = json(send("GET", "/sandbox/stats", "")).at("/prefix_cache/replica");
    assertThat(cache.path("blocks").asInt()).isEqualTo(11);
    assertThat(cache.path("hits").asInt()).isEqualTo(3);
  }

  private long cached(String prompt) throws Exception {
    String body =
        "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
            .formatted(MODEL, prompt);
    return json(send("POST", "/vllm/replica/v1/chat/completions", body))
        .at("/usage/prompt_tokens_details/cached_tokens")
        .asLong(-1);
  }

  private String upload(String lines) throws Exception {
    String form =
        "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b\r\n"
            + "Content-Disposition: form-data; name=\"file\"; filename=\"in.jsonl\"\r\n"
            + "Content-Type: application/jsonl\r\n\r\n"
            + lines
            + "\r\n--b--\r\n";
    JsonNode file =
        json(
            send(
                "POST",
                "/openai/o/v1/files",
                form,
                "Content-Type",
                "multipart/form-data; boundary=b"));
    return file.path("id").asText();
  }

  private static String line(String id, String content) {
    return
"""
{"custom_id":"%s","method":"POST","url":"/v1/chat/completions","body":{"model":"%s","messages":%s}}
"""
        .formatted(id, MODEL, content);
  }

  private static final String MESSAGES = "[{\"role\":\"user\",\"content\":\"x\"}]";

  private JsonNode create(String file) throws Exception {
    return json(
        send(
            "POST",
            "/openai/o/v1/batches",
            "{\"input_file_id\":\"%s\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\",\"metadata\":{\"job\":\"1\"}}"
                .formatted(file)));
  }

  private JsonNode batch(String id) throws Exception {
    return json(send("GET", "/openai/o/v1/batches/" + id, ""));
  }

  @Test
  void anOpenAiBatchIsAnsweredLineByLine() throws Exception {
    String id = create(upload(line("a", MESSAGES) + line("b", "[]"))).path("id").asText();
    JsonNode batch = batch(id);
    assertThat(batch.path("status").asText()).isEqualTo("completed");
    assertThat(batch.at("/request_counts/completed").asInt()).isEqualTo(1);
    assertThat(batch.at("/request_counts/failed").asInt()).isEqualTo(1);
    assertThat(batch.at("/metadata/job").asText()).isEqualTo("1");
    String output =
        send("GET", "/openai/o/v1/files/" + batch.path("output_file_id").asText() + "/content", "")
            .body();
    JsonNode answered = JSON.readTree(output);
    assertThat(answered.path("custom_id").asText()).isEqualTo("a");
    assertThat(answered.at("/response/body/choices")).hasSize(1);
    assertThat(json(send("GET", "/openai/o/v1/batches?limit=1", "")).path("data")).hasSize(1);
  }

  @Test
  void aBadFileStillMakesABatchThatFails() throws Exception {
    JsonNode batch = create(upload(line("a", MESSAGES) + line("a", MESSAGES)));
    assertThat(batch.path("status").asText()).isEqualTo("failed");
    assertThat(batch.at("/errors/data/0/code").asText()).isEqualTo("duplicate_custom_id");
    assertThat(batch.at("/errors/data/0/line").asInt()).isEqualTo(2);
  }

  @Test
  void linesExpireAndWhatIsPaidIsKept() throws Exception {
    send("PUT", "/sandbox/batches", "{\"expire_share\":0.5}");
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      lines.append(line("line-" + i, MESSAGES));
    }
    JsonNode batch = batch(create(upload(lines.toString())).path("id").asText());
    assertThat(batch.path("status").asText()).isEqualTo("expired");
    assertThat(batch.at("/request_counts/completed").asInt()).isBetween(1, 19);
    String errors =
        send("GET", "/openai/o/v1/files/" + batch.path("error_file_id").asText() + "/content", "")
            .body();
    assertThat(errors).contains("batch_expired");
  }

  @Test
  void aBatchThatIsCancelledEndsWithWhatIsDone() throws Exception {
    send("PUT", "/sandbox/batches", "{\"delay_ms\":600000}");
    String id = create(upload(line("a", MESSAGES))).path("id").asText();
    assertThat(batch(id).path("status").asText()).isEqualTo("in_progress");
    JsonNode cancelling = json(send("POST", "/openai/o/v1/batches/" + id + "/cancel", ""));
    assertThat(cancelling.path("status").asText()).isEqualTo("cancelling");
    await()
        .untilAsserted(() -> assertThat(batch(id).path("status").asText()).isEqualTo("cancelled"));
  }

  @Test
  void anAnthropicBatchHasItsResultsWhereItSays() throws Exception {
    String body =
"""
{"requests":[{"custom_id":"a","params":{"model":"%s","max_tokens":50,"messages":%s}},{"custom_id":"b","params":{}}]}\
"""
            .formatted(MODEL, MESSAGES);
    String path = "/anthropic/o/v1/messages/batches";
    String id = json(send("POST", path, body)).path("id").asText();
    JsonNode batch = json(send("GET", path + "/" + id, ""));
    assertThat(batch.path("processing_status").asText()).isEqualTo("ended");
    assertThat(batch.at("/request_counts/succeeded").asInt()).isEqualTo(1);
    assertThat(batch.at("/request_counts/errored").asInt()).isEqualTo(1);
    URI results = URI.create(batch.path("results_url").asText());
    String lines = send("GET", results.getPath(), "").body();
    assertThat(lines).contains("\"custom_id\":\"a\"", "\"type\":\"succeeded\"", "\"errored\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/openai/o/v1/batches|{'input_file_id':'file-none','endpoint':'/v1/chat/completions','completion_window':'24h'}|404|No"
            + " such file",
        "/openai/o/v1/batches|{'input_file_id':'f','endpoint':'/v1/chat/completions','completion_window':'1h'}|400|completion_window",
        "/openai/o/v1/batches|{'input_file_id':'f','endpoint':'/v1/images','completion_window':'24h'}|400|endpoint",
        "/openai/o/v1/batches|{'input_file_id':'f','endpoint':'/v1/embeddings','completion_window':'24h','x':1}|400|Unknown"
            + " parameter: 'x'",
        "/openai/o/v1/batches|{'endpoint':'/v1/embeddings'}|400|input_file_id",
        "/openai/o/v1/batches/batch_none/cancel||404|No such batch",
        "/vllm/o/v1/batches|{}|404|",
        "/anthropic/o/v1/messages/batches|{'requests':[]}|400|1 to 100000",
        "/anthropic/o/v1/messages/batches|{'requests':[{'custom_id':'a b','params':{}}]}|400|custom_id",
        "/anthropic/o/v1/messages/batches|{'requests':[{'custom_id':'a','params':{}},{'custom_id':'a','params':{}}]}|400|not"
            + " unique",
        "/anthropic/o/v1/messages/batches|{'requests':[{'custom_id':'a','params':{'stream':true}}]}|400|stream"
      })
  void aBatchThatAProviderWouldRejectIsRejected(String path, String body, int status, String says)
      throws Exception {
    HttpResponse<String> response = send("POST", path, body == null ? "" : body.replace('\'', '"'));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.body()).contains(says == null ? "" : says);
  }

  @Test
  void aBatchWhoseAnswerIsLostIsMadeAllTheSame() throws Exception {
    String file = upload(line("a", MESSAGES));
    send("PUT", "/sandbox/batches", "{\"lost_answers\":1}");
    assertThatThrownBy(() -> create(file)).isInstanceOf(IOException.class);
    create(file);
    assertThat(json(send("GET", "/openai/o/v1/batches", "")).path("data")).hasSize(2);
    assertThat(json(send("GET", "/sandbox/stats", "")).at("/batches/made").asInt()).isEqualTo(2);
  }
}
