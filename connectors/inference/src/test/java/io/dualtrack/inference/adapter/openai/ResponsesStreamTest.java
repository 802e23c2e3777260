package io.dualtrack.inference.adapter.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.inference.Samples;
import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.access.Credentials;
import io.dualtrack.inference.access.Hosts;
import io.dualtrack.inference.adapter.AnswerStream;
import io.dualtrack.inference.adapter.Chats;
import io.dualtrack.inference.adapter.Preparation;
import io.dualtrack.inference.adapter.Reply;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.schemas.DispatchOrder;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The events of OpenAI's responses API. */
class ResponsesStreamTest {

  private static final String RESPONSE =
"""
{"id":"resp_1","object":"response","status":"%s","model":"m","output":[{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"Hello"}]}],"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":16}}\
""";

  private static final String BEGINNING =
"""
event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","status":"in_progress","output":[]}}

event: response.output_item.added
data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"type":"message"}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":2,"delta":"Hel"}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":3,"delta":"lo, reader"}

""";

  private final OpenAiAdapter adapter =
      OpenAiAdapter.family(
              new Access(new Credentials(Map.of()), Map.of(), Hosts.parse("host")),
              InstantSource.system())
          .get(0);

  private final DispatchOrder order =
      DispatchOrder.newBuilder(Chats.order("{\"model\":\"m\",\"input\":\"Hello\"}"))
          .setEndpoint(Flavour.RESPONSES)
          .build();

  private AnswerStream stream() {
    Preparation ready = adapter.prepare(order, Samples.offering("o", "https://host/v1"));
    return ((Preparation.Ready) ready).request().stream().orElseThrow();
  }

  private Verdict read(String events) {
    AnswerStream stream = stream();
    for (byte each : events.getBytes(StandardCharsets.UTF_8)) {
      stream.accept(ByteBuffer.wrap(new byte[] {each}));
    }
    return stream.ended(200);
  }

  private static String last(String type, String status) {
    return "event: %s\ndata: {\"type\":\"%s\",\"response\":%s}\n\n"
        .formatted(type, type, RESPONSE.formatted(status));
  }

  @ParameterizedTest
  @ValueSource(strings = {"completed", "incomplete"})
  void theLastEventIsTheSameCompletionAsAnAnswerInOnePiece(String status) {
    Verdict whole =
        adapter.read(
            order,
            new Reply.Answered(
                200,
                HttpHeaders.of(Map.of(), (name, value) -> true),
                RESPONSE.formatted(status).getBytes(StandardCharsets.UTF_8)));
    Verdict streamed = read(BEGINNING + last("response." + status, status));
    assertThat(streamed).isEqualTo(whole);
    assertThat(streamed)
        .isInstanceOfSatisfying(
            Verdict.Answer.class,
            answer -> {
              assertThat(answer.usage().getUncachedInput()).isEqualTo(5);
              assertThat(answer.usage().getCacheRead()).isEqualTo(4);
              assertThat(answer.usage().getOutput()).isEqualTo(7);
              assertThat(answer.usage().getReasoning()).isEqualTo(2);
              assertThat(answer.usageProblem()).isNull();
            });
  }

  @Test
  void aStreamThatBreaksOffIsMeteredByWhatCame() {
    assertThat(read(BEGINNING))
        .isInstanceOfSatisfying(
            Verdict.Failed.class,
            failed -> {
              assertThat(failed.code()).isEqualTo("truncated_answer");
              assertThat(failed.again()).isTrue();
              assertThat(failed.spent().raw()).isNull();
              assertThat(failed.spent().usage().getUncachedInput()).isPositive();
              assertThat(failed.spent().usage().getOutput()).isEqualTo(4);
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\",\"message\":\"you said secret\"}}}\n\n",
        "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"you said secret\"}\n\n"
      })
  void anErrorInTheStreamIsAFailureThatMayPassAndQuotesNothing(String event) {
    assertThat(read(BEGINNING + event))
        .isInstanceOfSatisfying(
            Verdict.Failed.class,
            failed -> {
              assertThat(failed.code()).isEqualTo("server_error");
              assertThat(failed.again()).isTrue();
              assertThat(failed.toString()).doesNotContain("secret");
              assertThat(failed.spent().usage().getOutput()).isEqualTo(4);
            });
  }

  @Test
  void anEventThatIsNoJsonIsMalformed() {
    assertThat(read(BEGINNING + "data: {\"type\"\n\n"))
        .isInstanceOfSatisfying(
            Verdict.Failed.class,
            failed -> assertThat(failed.code()).isEqualTo("malformed_answer"));
  }

  @Test
  void aResponseWithoutOutputIsNoAnswer() {
    assertThat(
            read(
                BEGINNING
                    + "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\"}}\n\n"))
        .isInstanceOf(Verdict.Failed.class);
  }
}
