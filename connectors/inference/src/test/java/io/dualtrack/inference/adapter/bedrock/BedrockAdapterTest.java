package io.dualtrack.inference.adapter.bedrock;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseRequest;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseResponse;
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;

class BedrockAdapterTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MODEL = "eu.anthropic.claude-opus-4-8-v1:0";

  private static final String ANSWER =
"""
{"output":{"message":{"role":"assistant","content":[{"text":"Let me see."},{"toolUse":{"toolUseId":"t1","name":"weather","input":{"city":"Rome"}}}]}},"stopReason":"tool_use","usage":{"inputTokens":10,"outputTokens":7,"totalTokens":97,"cacheReadInputTokens":50,"cacheWriteInputTokens":30},"metrics":{"latencyMs":5}}\
""";

  private final BedrockAdapter adapter =
      new BedrockAdapter(
          new Access(
              new Credentials(
                  Map.of(
                      "AWS_ACCESS_KEY_ID",
                      "AKIA",
                      "AWS_SECRET_ACCESS_KEY",
                      "secret",
                      "AWS_SESSION_TOKEN",
                      "token")),
              Map.of(),
              Hosts.parse("host")),
          InstantSource.fixed(Instant.parse("2026-11-21T10:00:00Z")));

  private final Offering offering =
      Offering.newBuilder(
              Samples.offering("opus", "https://bedrock-runtime.eu-central-1.amazonaws.com"))
          .setDialect("bedrock")
          .setProviderModel(MODEL)
          .setKeyVariable("AWS")
          .build();

  static Stream<String> chats() {
    return Chats.all();
  }

  private ProviderRequest ready(String body) {
    Preparation preparation = adapter.prepare(Chats.order(body), offering);
    assertThat(preparation).isInstanceOf(Preparation.Ready.class);
    return ((Preparation.Ready) preparation).request();
  }

  @ParameterizedTest
  @MethodSource("chats")
  void everyRequestIsWhatTheProvidersOwnSdkSends(String body) throws Exception {
    ProviderRequest request = ready(body);
    JsonNode ours = JSON.readTree(request.body());
    ConverseRequest.Builder builder = ConverseRequest.builder();
    SdkWire.fill(builder, ours);
    SdkWire wire = new SdkWire(ANSWER);

    ConverseResponse response = wire.converse(builder.modelId(MODEL).build());

    assertThat(wire.body()).isEqualTo(ours);
    assertThat(wire.sent().encodedPath())
        .isEqualTo(request.uri().getRawPath().replace("/converse-stream", "/converse"));
    assertThat(wire.sent().host()).isEqualTo(request.uri().getHost());
    assertThat(response.usage().cacheReadInputTokens()).isEqualTo(50);
  }

  @Test
  void callsAreSignedWhenTheyStart() {
    ProviderRequest request = ready("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
    Map<String, String> headers = request.authorization().headers(request).join();
    assertThat(headers.get("Authorization"))
        .startsWith("AWS4-HMAC-SHA256 Credential=AKIA/20261121/eu-central-1/bedrock/aws4_request")
        .contains("host", "Signature=");
    assertThat(headers).containsEntry("X-Amz-Date", "20261121T100000Z");
    assertThat(headers).containsEntry("X-Amz-Security-Token", "token");
    assertThat(headers.toString()).doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"seed\":7|seed",
        "\"parallel_tool_calls\":false|parallel_tool_calls",
        "\"tool_choice\":\"none\"|tool_choice",
        "\"user\":\"u\"|user",
        "\"frobnicate\":1|frobnicate"
      })
  void whatItCannotDoIsRefusedByName(String parameter, String name) {
    String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],%s}".formatted(parameter);
    refused(body, name);
  }

  @Test
  void imagesByUrlAreRefused() {
    refused(
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x/y.png\"}}]}]}",
        "messages[0].content[0].image_url.url");
  }

  private void refused(String body, String name) {
    assertThat(adapter.prepare(Chats.order(body), offering))
        .isInstanceOfSatisfying(
            Preparation.Impossible.class,
            impossible -> {
              assertThat(impossible.code()).isEqualTo("UNSUPPORTED_PARAMETER");
              assertThat(impossible.message()).startsWith("parameter " + name + ":");
            });
  }

  private Verdict.Answer read(String order, String body) {
    Reply.Answered reply =
        new Reply.Answered(
            200,
            HttpHeaders.of(Map.of(), (name, value) -> true),
            body.getBytes(StandardCharsets.UTF_8));
    Verdict verdict = adapter.read(Chats.order(order), reply);
    assertThat(verdict).isInstanceOf(Verdict.Answer.class);
    return (Verdict.Answer) verdict;
  }

  private static byte[] frame(String type, String payload) {
    ByteBuffer buffer =
        new Message(
                Map.of(
                    ":message-type", HeaderValue.fromString("event"),
                    ":event-type", HeaderValue.fromString(type)),
                payload.getBytes(StandardCharsets.UTF_8))
            .toByteBuffer();
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static final byte[][] EVENTS = {
    frame("messageStart", "{\"role\":\"assistant\"}"),
    frame("contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"Let me \"}}"),
    frame("contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"see.\"}}"),
    frame("contentBlockStop", "{\"contentBlockIndex\":0}"),
    frame(
        "contentBlockStart",
        "{\"contentBlockIndex\":1,\"start\":{\"toolUse\":{\"toolUseId\":\"t1\",\"name\":\"weather\"}}}"),
    frame(
        "contentBlockDelta",
        "{\"contentBlockIndex\":1,\"delta\":{\"toolUse\":{\"input\":\"{\\\"city\\\":\\\"Rome\\\"}\"}}}"),
    frame("messageStop", "{\"stopReason\":\"tool_use\"}"),
    frame(
        "metadata",
        "{\"usage\":{\"inputTokens\":10,\"outputTokens\":7,\"totalTokens\":97,\"cacheReadInputTokens\":50,\"cacheWriteInputTokens\":30},\"metrics\":{\"latencyMs\":5}}")
  };

  private static final String CHAT =
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";

  @Test
  void anAnswerAndTheSameAnswerStreamedAreTheSameCompletion() {
    Verdict.Answer whole = read(CHAT, ANSWER);
    AnswerStream stream = ready(CHAT).stream().orElseThrow();
    for (byte[] event : EVENTS) {
      for (byte each : event) {
        stream.accept(ByteBuffer.wrap(new byte[] {each}));
      }
    }
    Verdict streamed = stream.ended(200);
    assertThat(streamed).isEqualTo(whole);
    assertThat(whole.usage())
        .isEqualTo(
            Usage.newBuilder()
                .setUncachedInput(10)
                .setCacheRead(50)
                .setCacheWrite5m(30)
                .setOutput(7)
                .build());
    assertThat(whole.usageProblem()).isNull();
    assertThat(whole.body()).contains("\"finish_reason\":\"tool_calls\"", "\"prompt_tokens\":90");
  }

  @Test
  void aStreamThatBreaksOffIsMeteredByAnEstimate() {
    AnswerStream stream = ready(CHAT).stream().orElseThrow();
    for (int i = 0; i < 3; i++) {
      stream.accept(ByteBuffer.wrap(EVENTS[i]));
    }
    assertThat(stream.soFar())
        .hasValueSatisfying(
            so -> {
              assertThat(so.raw()).isNull();
              assertThat(so.usage().getOutput()).isEqualTo(3);
            });
  }

  @Test
  void brokenFramesAreMalformed() {
    AnswerStream stream = ready(CHAT).stream().orElseThrow();
    byte[] broken = EVENTS[0].clone();
    broken[broken.length / 2] ^= 1;
    stream.accept(ByteBuffer.wrap(broken));
    assertThat(stream.ended(200))
        .isInstanceOfSatisfying(
            Verdict.Failed.class,
            failed -> assertThat(failed.code()).isEqualTo("malformed_answer"));
  }

  @Test
  void anAnswerByASchemaIsTheContentAgain() throws Exception {
    String order =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"response_format\":"
            + Chats.SCHEMA
            + "}";
    String answer =
        ANSWER
            .replace("{\"text\":\"Let me see.\"},", "")
            .replace("weather", ConverseBody.ANSWER_TOOL);
    ObjectNode body = (ObjectNode) JSON.readTree(read(order, answer).body());
    assertThat(body.at("/choices/0/message/content").asText()).isEqualTo("{\"city\":\"Rome\"}");
    assertThat(body.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
  }

  @Test
  void aTotalThatDoesNotAddUpIsToldOf() {
    assertThat(read(CHAT, ANSWER.replace("97", "98")).usageProblem()).contains("totalTokens");
  }
}
