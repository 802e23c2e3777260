package io.dualtrack.inference.adapter.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.core.ObjectMappers;
import com.anthropic.models.messages.MessageCreateParams;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.Samples;
import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.access.Credentials;
import io.dualtrack.inference.access.Hosts;
import io.dualtrack.inference.adapter.AnswerStream;
import io.dualtrack.inference.adapter.Chats;
import io.dualtrack.inference.adapter.Preparation;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.inference.adapter.Reply;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Usage;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class AnthropicAdapterTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final AnthropicAdapter adapter =
      AnthropicAdapter.direct(
          new Access(
              new Credentials(Map.of("ANTHROPIC_API_KEY", "sk-ant")),
              Map.of(),
              Hosts.parse("host")),
          InstantSource.system());

  private final Offering offering =
      Offering.newBuilder(Samples.offering("claude", "https://api.anthropic.com/v1"))
          .setDialect("anthropic")
          .setProviderModel("claude-fable-5")
          .setKeyVariable("ANTHROPIC_API_KEY")
          .build();

  static Stream<String> chats() {
    return Chats.all();
  }

  private ProviderRequest ready(String body) {
    return ready(adapter, offering, body);
  }

  private static ProviderRequest ready(AnthropicAdapter adapter, Offering offering, String body) {
    Preparation preparation = adapter.prepare(Chats.order(body), offering);
    assertThat(preparation).isInstanceOf(Preparation.Ready.class);
    return ((Preparation.Ready) preparation).request();
  }

  @ParameterizedTest
  @MethodSource("chats")
  void everyRequestIsOneOfTheProvidersOwnSdk(String body) throws Exception {
    ProviderRequest request = ready(body);
    ObjectNode sent = (ObjectNode) JSON.readTree(request.body());
    // The SDK speaks the newest version only, which has no sampling parameters.
    boolean samples = sent.remove("temperature") != null | sent.remove("top_p") != null;
    assertThat(request.headers())
        .containsEntry("anthropic-version", samples ? "2023-06-01" : "2026-10-21");
    // The SDK chooses between stream and not by the method that is called.
    sent.remove("stream");
    MessageCreateParams.Body parsed =
        ObjectMappers.jsonMapper().treeToValue(sent, MessageCreateParams.Body.class);
    parsed.validate();
    assertThat(parsed._additionalProperties()).isEmpty();
    assertThat(JSON.readTree(ObjectMappers.jsonMapper().writeValueAsString(parsed)))
        .isEqualTo(sent);
  }

  @Test
  void headersAndPathAreTheProviders() {
    ProviderRequest request = ready("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
    assertThat(request.uri()).hasToString("https://api.anthropic.com/v1/messages");
    assertThat(request.authorization().headers(request).join())
        .containsEntry("x-api-key", "sk-ant");
  }

  @Test
  void onVertexTheModelIsInThePathTheVersionInTheBodyAndTheKeyABearersToken() throws Exception {
    AnthropicAdapter onVertex =
        AnthropicAdapter.onVertex(
            new Access(
                new Credentials(Map.of("VERTEX_ACCESS_TOKEN", "ya29.x")),
                Map.of(),
                Hosts.parse("")),
            InstantSource.system());
    Offering there =
        Offering.newBuilder(offering)
            .setDialect("vertex-anthropic")
            .setEndpoint(
                "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/europe-west1")
            .setKeyVariable("VERTEX_ACCESS_TOKEN")
            .build();

    String chat = "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]%s}";
    ProviderRequest whole = ready(onVertex, there, chat.formatted(",\"max_tokens\":9"));
    ProviderRequest streamed = ready(onVertex, there, chat.formatted(""));

    String models = there.getEndpoint() + "/publishers/anthropic/models/claude-fable-5";
    assertThat(whole.uri()).hasToString(models + ":rawPredict");
    assertThat(streamed.uri()).hasToString(models + ":streamRawPredict");
    assertThat(whole.headers()).doesNotContainKey("anthropic-version");
    assertThat(whole.authorization().headers(whole).join())
        .containsEntry("Authorization", "Bearer ya29.x");
    assertThat(JSON.readTree(whole.body()))
        .isEqualTo(
            JSON.readTree(
                """
                {"anthropic_version":"vertex-2023-10-16","max_tokens":9,
                 "messages":[{"role":"user","content":[{"type":"text","text":"x"}]}]}"""));
    assertThat(JSON.readTree(streamed.body()).path("stream").asBoolean()).isTrue();
  }

  @Test
  void toolCallsAndTheirResultsBecomeBlocksOfTakingTurns() throws Exception {
    String chat = Chats.all().filter(body -> body.contains("call_2")).findFirst().orElseThrow();
    JsonNode messages = JSON.readTree(ready(chat).body()).path("messages");
    assertThat(messages.findValuesAsText("role")).containsExactly("user", "assistant", "user");
    assertThat(messages.at("/1/content/1/input/city").asText()).isEqualTo("Bonn");
    assertThat(messages.at("/2/content").findValuesAsText("tool_use_id"))
        .containsExactly("call_1", "call_2");
    assertThat(messages.at("/2/content/2/text").asText()).isEqualTo("Thanks");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"n\":2|n",
        "\"logprobs\":true|logprobs",
        "\"logit_bias\":{\"1\":5}|logit_bias",
        "\"seed\":7|seed",
        "\"presence_penalty\":0.5|presence_penalty",
        "\"temperature\":1.5|temperature",
        "\"response_format\":{\"type\":\"json_object\"}|response_format.type",
        "\"frobnicate\":1|frobnicate"
      })
  void whatItCannotDoIsRefusedByName(String parameter, String name) {
    String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],%s}".formatted(parameter);
    assertThat(adapter.prepare(Chats.order(body), offering))
        .isInstanceOfSatisfying(
            Preparation.Impossible.class,
            impossible -> {
              assertThat(impossible.code()).isEqualTo("UNSUPPORTED_PARAMETER");
              assertThat(impossible.message()).startsWith("parameter " + name + ":");
            });
  }

  @Test
  void parametersThatAskForNothingAreNoReasonToRefuse() {
    ready(
        "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"n\":1,\"logprobs\":false,"
            + "\"presence_penalty\":0,\"parallel_tool_calls\":true,\"seed\":null}");
  }

  private static final String ANSWER =
"""
{"id":"msg_1","type":"message","role":"assistant","model":"claude-fable-5","content":[{"type":"text","text":"Let me see."},{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Rome"}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":30,"cache_read_input_tokens":50,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":10},"output_tokens":7}}\
""";

  private static final String EVENTS =
"""
event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-fable-5","content":[],"stop_reason":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":30,"cache_read_input_tokens":50,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":10},"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: ping
data: {"type":"ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Let me "}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"see."}}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"weather","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"city\\":"}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\\"Rome\\"}"}}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":7}}

event: message_stop
data: {"type":"message_stop"}

""";

  private static final Usage USAGE =
      Usage.newBuilder()
          .setUncachedInput(10)
          .setCacheRead(50)
          .setCacheWrite5m(20)
          .setCacheWrite1h(10)
          .setOutput(7)
          .build();

  private Verdict.Answer answer(Verdict verdict) {
    assertThat(verdict).isInstanceOf(Verdict.Answer.class);
    return (Verdict.Answer) verdict;
  }

  private static Reply.Answered reply(int status, String body) {
    return new Reply.Answered(
        status,
        HttpHeaders.of(Map.of(), (name, value) -> true),
        body.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void anAnswerAndTheSameAnswerStreamedByteByByteAreTheSameCompletion() throws Exception {
    Verdict.Answer whole = answer(adapter.read(Chats.order("{}"), reply(200, ANSWER)));
    AnswerStream stream =
        ready("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}").stream().orElseThrow();
    for (byte each : EVENTS.getBytes(StandardCharsets.UTF_8)) {
      stream.accept(ByteBuffer.wrap(new byte[] {each}));
    }
    Verdict.Answer streamed = answer(stream.ended(200));
    ObjectNode one = (ObjectNode) JSON.readTree(whole.body());
    ObjectNode other = (ObjectNode) JSON.readTree(streamed.body());
    assertThat(one.remove("created")).isNotNull();
    assertThat(other.remove("created")).isNotNull();
    assertThat(other).isEqualTo(one);
    assertThat(one.at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
    assertThat(one.at("/choices/0/message/tool_calls/0/function/arguments").asText())
        .isEqualTo("{\"city\":\"Rome\"}");
    assertThat(one.at("/usage/prompt_tokens").asInt()).isEqualTo(90);
    assertThat(whole.usage()).isEqualTo(USAGE);
    assertThat(streamed.usage()).isEqualTo(USAGE);
    assertThat(streamed.usageProblem()).isNull();
  }

  @Test
  void aStreamThatBreaksOffIsMeteredByTheInputThatWasToldAndTheOutputThatCame() {
    AnswerStream stream =
        ready("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}").stream().orElseThrow();
    String half = EVENTS.substring(0, EVENTS.indexOf("event: message_delta"));
    stream.accept(ByteBuffer.wrap(half.getBytes(StandardCharsets.UTF_8)));
    assertThat(stream.ended(200))
        .isInstanceOfSatisfying(
            Verdict.Failed.class,
            failed -> {
              assertThat(failed.code()).isEqualTo("truncated_answer");
              assertThat(failed.spent().raw()).isNull();
              assertThat(failed.spent().usage().getCacheRead()).isEqualTo(50);
              assertThat(failed.spent().usage().getOutput()).isEqualTo(7);
            });
  }

  @Test
  void cacheWritesThatDoNotAddUpAreToldOf() {
    String body =
        ANSWER.replace("\"ephemeral_1h_input_tokens\":10", "\"ephemeral_1h_input_tokens\":5");
    assertThat(answer(adapter.read(Chats.order("{}"), reply(200, body))).usageProblem())
        .contains("cache_creation");
  }

  @Test
  void anErrorIsPutIntoOpenAisForm() throws Exception {
    String error =
        "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no\"}}";
    Verdict verdict = adapter.read(Chats.order("{}"), reply(400, error));
    JsonNode body = JSON.readTree(((Verdict.Rejected) verdict).body()).path("error");
    assertThat(body.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("message", "type", "param", "code");
  }
}
