package io.dualtrack.inference.adapter.vertex;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VertexAdapterTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CHAT =
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";

  private static final String USAGE =
      "\"usageMetadata\":{\"promptTokenCount\":10,\"cachedContentTokenCount\":4,\"candidatesTokenCount\":5,\"thoughtsTokenCount\":3,\"totalTokenCount\":18}";

  private final VertexAdapter adapter =
      new VertexAdapter(
          new Access(
              new Credentials(Map.of("VERTEX_TOKEN", "ya29.x")), Map.of(), Hosts.parse("host")),
          InstantSource.fixed(Instant.EPOCH));

  private final Offering offering =
      Offering.newBuilder(
              Samples.offering(
                  "gemini",
                  "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4"))
          .setDialect("vertex")
          .setProviderModel("gemini-3")
          .setKeyVariable("VERTEX_TOKEN")
          .build();

  private ProviderRequest ready(String body) {
    Preparation preparation = adapter.prepare(Chats.order(body), offering);
    assertThat(preparation).isInstanceOf(Preparation.Ready.class);
    return ((Preparation.Ready) preparation).request();
  }

  private static String part(String text, String rest) {
    return "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"%s\"}]}%s"
        .formatted(text, rest);
  }

  private Verdict.Answer read(String body) {
    Verdict verdict =
        adapter.read(
            Chats.order(CHAT),
            new Reply.Answered(
                200,
                HttpHeaders.of(Map.of(), (name, value) -> true),
                body.getBytes(StandardCharsets.UTF_8)));
    assertThat(verdict).isInstanceOf(Verdict.Answer.class);
    return (Verdict.Answer) verdict;
  }

  @Test
  void pathAndTokenAreTheProviders() {
    ProviderRequest request = ready(CHAT);
    assertThat(request.uri().toString())
        .endsWith(
            "/locations/europe-west4/publishers/google/models/gemini-3:streamGenerateContent?alt=sse");
    assertThat(request.authorization().headers(request).join())
        .containsEntry("Authorization", "Bearer ya29.x");
  }

  @Test
  void toolResultsAreToldApartByTheirFunction() throws Exception {
    String chat = Chats.all().filter(body -> body.contains("call_2")).findFirst().orElseThrow();
    JsonNode body = JSON.readTree(ready(chat).body());
    assertThat(body.path("contents").findValuesAsText("role"))
        .containsExactly("user", "model", "user");
    assertThat(body.at("/contents/2/parts/1/functionResponse/response/output").asText())
        .isEqualTo("rain");
    assertThat(body.at("/toolConfig/functionCallingConfig/mode").asText()).isEqualTo("ANY");
  }

  @Test
  void thoughtsAreOutputAndTheCacheIsInsideThePrompt() {
    Verdict.Answer answer = read(part("Hello", ",\"finishReason\":\"STOP\"}]," + USAGE + "}"));
    assertThat(answer.usage())
        .isEqualTo(
            Usage.newBuilder()
                .setUncachedInput(6)
                .setCacheRead(4)
                .setOutput(8)
                .setReasoning(3)
                .build());
    assertThat(answer.usageProblem()).isNull();
  }

  @Test
  void anAnswerAndTheSameAnswerStreamedAreTheSameCompletion() {
    AnswerStream stream = ready(CHAT).stream().orElseThrow();
    String events =
        "data: "
            + part("Hel", "}]}")
            + "\r\n\r\ndata: "
            + part("lo", ",\"finishReason\":\"MAX_TOKENS\"}]," + USAGE + "}")
            + "\r\n\r\n";
    stream.accept(ByteBuffer.wrap(events.getBytes(StandardCharsets.UTF_8)));
    Verdict streamed = stream.ended(200);
    assertThat(streamed)
        .isEqualTo(read(part("Hello", ",\"finishReason\":\"MAX_TOKENS\"}]," + USAGE + "}")));
    assertThat(((Verdict.Answer) streamed).body()).contains("\"finish_reason\":\"length\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"\"n\":2|n", "\"logprobs\":true|logprobs", "\"user\":\"u\"|user"})
  void whatItCannotDoIsRefusedByName(String parameter, String name) {
    String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],%s}".formatted(parameter);
    assertThat(adapter.prepare(Chats.order(body), offering))
        .isInstanceOfSatisfying(
            Preparation.Impossible.class,
            impossible -> assertThat(impossible.message()).startsWith("parameter " + name + ":"));
  }
}
