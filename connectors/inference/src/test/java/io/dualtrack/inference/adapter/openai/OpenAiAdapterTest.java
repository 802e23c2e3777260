package io.dualtrack.inference.adapter.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.inference.Samples;
import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.access.Credentials;
import io.dualtrack.inference.access.Hosts;
import io.dualtrack.inference.adapter.Adapter.Delivery;
import io.dualtrack.inference.adapter.Preparation;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.inference.adapter.Reply;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Offering;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiAdapterTest {

  private static final DispatchOrder ORDER = Samples.order("o-1", "sol-us");
  private static final Offering OFFERING = Samples.offering("sol-us", "https://api.example.com/v1");

  private final OpenAiAdapter adapter =
      OpenAiAdapter.family(
              new Access(
                  new Credentials(Map.of("OPENAI_API_KEY", "sk-secret", "EMPTY_KEY", " ")),
                  Map.of("sandbox", "http://127.0.0.1:18090/v1/"),
                  Hosts.parse("api.example.com,host")),
              InstantSource.system())
          .get(0);

  private ProviderRequest ready(DispatchOrder order, Offering offering) {
    Preparation preparation = adapter.prepare(order, offering);
    assertThat(preparation).isInstanceOf(Preparation.Ready.class);
    return ((Preparation.Ready) preparation).request();
  }

  private static Offering with(String endpoint) {
    return Samples.offering("sol-us", endpoint);
  }

  private static Reply.Answered reply(int status, String body) {
    return reply(status, body, Map.of());
  }

  private static Reply.Answered reply(int status, String body, Map<String, List<String>> headers) {
    return new Reply.Answered(
        status,
        HttpHeaders.of(headers, (name, value) -> true),
        body.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void theProvidersNameOfTheModelAndTheKeyGoOut() throws Exception {
    ProviderRequest request =
        ready(ORDER, Offering.newBuilder(OFFERING).setKeyVariable("OPENAI_API_KEY").build());
    assertThat(request.uri()).hasToString("https://api.example.com/v1/chat/completions");
    assertThat(request.headers()).containsEntry("Idempotency-Key", "o-1");
    assertThat(request.authorization().headers(request).join())
        .containsEntry("Authorization", "Bearer sk-secret");
    JsonNode body = new ObjectMapper().readTree(request.body());
    assertThat(body.path("model").asText()).isEqualTo("gpt-5.6-sol-2026-09");
    assertThat(body.path("messages").path(0).path("content").asText()).isEqualTo("o-1");
    assertThat(request.toString()).doesNotContain("sk-secret").doesNotContain("o-1");
  }

  @Test
  void whatTheCallerWroteIsKeptToTheDigit() {
    String body = "{\"model\":\"m\",\"temperature\":0.10,\"seed\":12345678901234567890,\"x\":null}";
    ProviderRequest request =
        ready(DispatchOrder.newBuilder(ORDER).setBody(body).build(), OFFERING);
    assertThat(new String(request.body(), StandardCharsets.UTF_8))
        .contains("\"temperature\":0.10", "\"seed\":12345678901234567890", "\"x\":null");
  }

  @Test
  void aShortAnswerIsAskedForInOnePieceWhateverTheCallerWants() {
    String body =
        "{\"model\":\"m\",\"max_tokens\":512,\"stream\":true,\"stream_options\":{\"include_usage\":true}}";
    ProviderRequest request =
        ready(DispatchOrder.newBuilder(ORDER).setBody(body).build(), OFFERING);
    assertThat(new String(request.body(), StandardCharsets.UTF_8)).doesNotContain("stream");
    assertThat(request.stream()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"model\":\"m\"}", "{\"model\":\"m\",\"max_completion_tokens\":513}"})
  void anAnswerThatMayBecomeLongIsAskedForAsAStreamWithItsUsage(String body) {
    ProviderRequest request =
        ready(DispatchOrder.newBuilder(ORDER).setBody(body).build(), OFFERING);
    assertThat(new String(request.body(), StandardCharsets.UTF_8))
        .contains("\"stream\":true,\"stream_options\":{\"include_usage\":true}");
    assertThat(request.stream()).isPresent();
  }

  @Test
  void aLineOfABatchIsNeverAStream() {
    var preparation = (Preparation.Ready) adapter.prepare(ORDER, OFFERING, Delivery.BATCHED);
    assertThat(preparation.request().stream()).isEmpty();
    assertThat(new String(preparation.request().body(), StandardCharsets.UTF_8))
        .doesNotContain("stream");
  }

  @Test
  void tokensAreEstimatedFromTheLengthAndTheLimitOfTheAnswer() {
    String body = "{\"model\":\"m\",\"max_tokens\":500,\"x\":\"" + "a".repeat(400) + "\"}";
    ProviderRequest request =
        ready(DispatchOrder.newBuilder(ORDER).setBody(body).build(), OFFERING);
    assertThat(request.estimatedTokens()).isEqualTo((body.length() + 3) / 4 + 500);
  }

  @Test
  void anEndpointMayBeAConfiguredName() {
    assertThat(ready(ORDER, with("sandbox")).uri())
        .hasToString("http://127.0.0.1:18090/v1/chat/completions");
    assertThat(ready(ORDER, with("https://host/openai/v1/")).uri())
        .hasToString("https://host/openai/v1/chat/completions");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"nowhere", "file:///etc/passwd", "ftp://host/v1", "http://", "http://a b/v1"})
  void anEndpointThatIsNoneIsToldApart(String endpoint) {
    assertThat(adapter.prepare(ORDER, with(endpoint)))
        .isInstanceOfSatisfying(
            Preparation.Impossible.class,
            impossible -> assertThat(impossible.code()).isEqualTo("unknown_endpoint"));
  }

  @Test
  void theOrdersPathCannotLeaveTheOfferingsBase() {
    DispatchOrder order =
        DispatchOrder.newBuilder(ORDER).setEndpoint("/v1/../../admin/keys").build();
    assertThat(adapter.prepare(order, OFFERING)).isInstanceOf(Preparation.Impossible.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"MISSING_KEY", "EMPTY_KEY"})
  void aMissingKeyNamesItsVariable(String variable) {
    Offering offering = Offering.newBuilder(OFFERING).setKeyVariable(variable).build();
    assertThat(adapter.prepare(ORDER, offering))
        .isInstanceOfSatisfying(
            Preparation.Impossible.class,
            impossible -> {
              assertThat(impossible.code()).isEqualTo("credential_missing");
              assertThat(impossible.message()).contains(variable);
            });
  }

  @Test
  void anAnswerIsPassedOnAsItIs() {
    String body = "{ \"choices\" : [{}], \"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4} }";
    assertThat(adapter.read(ORDER, reply(200, body)))
        .isInstanceOfSatisfying(
            Verdict.Answer.class,
            answer -> {
              assertThat(answer.body()).isEqualTo(body);
              assertThat(answer.usage().getOutput()).isEqualTo(4);
              assertThat(answer.rawUsage())
                  .isEqualTo("{\"prompt_tokens\":3,\"completion_tokens\":4}");
              assertThat(answer.usageProblem()).isNull();
            });
  }

  @Test
  void anAnswerWithoutUsageIsAnAnswerWithAProblem() {
    assertThat(adapter.read(ORDER, reply(200, "{\"choices\":[{}]}")))
        .isInstanceOfSatisfying(
            Verdict.Answer.class,
            answer -> {
              assertThat(answer.usage()).isNull();
              assertThat(answer.usageProblem()).isNotNull();
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{\"choices\":[{}]",
        "{\"choices\":[]}",
        "{\"choices\":{}}",
        "{\"data\":[{}]}",
        "{\"error\":{}}",
        "<html>",
        "[]",
        "{\"choices\":[{}]} trailing"
      })
  void aBodyThatHoldsNoAnswerIsMalformed(String body) {
    assertThat(adapter.read(ORDER, reply(200, body)))
        .isInstanceOfSatisfying(
            Verdict.Failed.class,
            failed -> assertThat(failed.code()).isEqualTo("malformed_answer"));
  }

  @Test
  void bytesThatAreNoTextAndDepthWithoutEndAreMalformed() {
    byte[] bytes = "{\"choices\":[\"?\"]}".getBytes(StandardCharsets.UTF_8);
    bytes[13] = (byte) 0xff;
    var noText = new Reply.Answered(200, HttpHeaders.of(Map.of(), (n, v) -> true), bytes);
    assertThat(adapter.read(ORDER, noText)).isInstanceOf(Verdict.Failed.class);
    assertThat(adapter.read(ORDER, reply(200, "{\"choices\":" + "[".repeat(1_000_000))))
        .isInstanceOf(Verdict.Failed.class);
  }

  @Test
  void embeddingsAnswerWithData() {
    DispatchOrder order = DispatchOrder.newBuilder(ORDER).setEndpoint("/v1/embeddings").build();
    assertThat(adapter.read(order, reply(200, "{\"data\":[{}]}")))
        .isInstanceOf(Verdict.Answer.class);
  }

  @ParameterizedTest
  @CsvSource({
    "408,timeout,true,false",
    "409,conflict,true,false",
    "429,rate_limited,true,true",
    "500,server_error,true,false",
    "503,server_error,true,false",
    "302,redirected,false,false",
    "401,credential_refused,false,false",
    "403,credential_refused,false,false",
    "404,not_found,false,false"
  })
  void failuresThatAreNotTheRequestsFault(int status, String code, boolean again, boolean holds) {
    assertThat(adapter.read(ORDER, reply(status, "{}")))
        .isInstanceOfSatisfying(
            Verdict.Failed.class,
            failed -> {
              assertThat(failed.code()).isEqualTo(code);
              assertThat(failed.again()).isEqualTo(again);
              assertThat(failed.holds()).isEqualTo(holds);
            });
  }

  @Test
  void theProvidersOwnWordOnRetryingCounts() {
    Map<String, List<String>> headers =
        Map.of("Retry-After", List.of("3"), "x-should-retry", List.of("false"));
    assertThat(adapter.read(ORDER, reply(503, "", headers)))
        .isInstanceOfSatisfying(
            Verdict.Failed.class,
            failed -> {
              assertThat(failed.after()).isEqualTo(Duration.ofSeconds(3));
              assertThat(failed.holds()).isTrue();
              assertThat(failed.again()).isFalse();
            });
  }

  @Test
  void aRejectedRequestKeepsTheProvidersErrorAndTellsNothingOfItInTheMessage() {
    String body =
        "{\"error\":{\"message\":\"you wrote:"
            + " secret\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"context_length_exceeded\"}}";
    assertThat(adapter.read(ORDER, reply(400, body)))
        .isInstanceOfSatisfying(
            Verdict.Rejected.class,
            rejected -> {
              assertThat(rejected.body()).isEqualTo(body);
              assertThat(rejected.code()).isEqualTo("context_length_exceeded");
              assertThat(rejected.message()).doesNotContain("secret");
              assertThat(rejected.toString()).doesNotContain("secret");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<html>no</html>", "{\"error\":\"no\"}", "{\"detail\":\"no\"}"})
  void aRejectionInAnotherFormIsPutIntoOpenAisForm(String body) throws Exception {
    Verdict verdict = adapter.read(ORDER, reply(422, body));
    assertThat(verdict).isInstanceOf(Verdict.Rejected.class);
    JsonNode error = new ObjectMapper().readTree(((Verdict.Rejected) verdict).body()).path("error");
    assertThat(error.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("message", "type", "param", "code");
  }
}
