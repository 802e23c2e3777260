package io.dualtrack.local.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.BodyFile;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.LargeFields;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Usage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What breaks is known from what is declared and what was asked. */
class BreaksTest {

  private static final Instant NOON = Instant.parse("2026-06-20T12:00:00Z");

  private final Breaks breaks = new Breaks(ollama(50L, 1_000L), Set.of("a", "b", "c", "d"));

  @Test
  void parametersThatTheDialectRefusesAreCountedByName() {
    breaks.add(request("a", "'n':2,'logprobs':true").build());
    breaks.add(request("b", "'n':3").build());
    breaks.add(request("c", "'n':1,'temperature':0.2").build());
    breaks.add(request("elsewhere", "'n':2").build());

    assertThat(breaks.parameters()).isEqualTo(Map.of("n", 2L, "logprobs", 1L));
    assertThat(breaks.refused()).isEqualTo(2);
    assertThat(breaks.lookedAt()).isEqualTo(3);
    assertThat(breaks.requests()).isEqualTo(4);
  }

  @Test
  void dualtracksOwnMetadataGoesNowhereAndBreaksNothing() {
    breaks.add(request("a", "'metadata':{'dualtrack.no_store':'true'}").build());
    breaks.add(request("b", "'metadata':{'dualtrack.no_store':'true','mine':'x'}").build());

    assertThat(breaks.parameters()).isEqualTo(Map.of("metadata", 1L));
  }

  @Test
  void aRequestThatCannotBeReadHereIsNotSaidToBreakNothing() {
    BodyFile file = new BodyFile("acme/x", 300_000L, "", "");
    breaks.add(
        request("a", "'n':2").setLarge(new LargeFields(List.of("messages"), file, null)).build());

    assertThat(breaks.lookedAt()).isZero();
    assertThat(breaks.refused()).isZero();
  }

  @Test
  void aRequestCountsOnceThoughItWasWithdrawn() {
    breaks.add(request("a", "'n':2").build());
    breaks.add(request("a", "'n':2").setWithdrawn(true).build());

    assertThat(breaks.parameters()).isEqualTo(Map.of("n", 1L));
  }

  @Test
  void aRecordOfTheSameIdThatWasRefusedIsPassedOver() {
    breaks.add(request("a", "'n':2").setBody("no json").build());
    breaks.add(request("a", "'n':2").build());

    assertThat(breaks.parameters()).isEqualTo(Map.of("n", 1L));
  }

  @Test
  void whatIsLongerThanDeclaredIsCountedAsItWasAnsweredAndAsItWasAsked() {
    breaks.add(answered("a", 900, 100));
    breaks.add(answered("b", 960, 41));
    breaks.add(answered("c", 10, 51));
    breaks.add(answered("d", 960, 40));
    breaks.add(request("d", "'max_completion_tokens':50").build());

    assertThat(breaks.longerAnswers()).hasValue(2L);
    assertThat(breaks.beyondContext()).hasValue(1L);
    assertThat(breaks.beyondContextAsAsked()).hasValue(1L);
    assertThat(breaks.measured()).isEqualTo(4);
  }

  @Test
  void anAnswerIsAskedForThatIsLongerThanDeclared() {
    breaks.add(request("a", "'max_tokens':51").build());
    breaks.add(request("b", "'max_tokens':50").build());

    assertThat(breaks.parameters()).isEqualTo(Map.of("max_tokens", 1L));
  }

  @Test
  void withoutADeclaredLengthNothingIsKnownOfLengths() {
    Breaks undeclared = new Breaks(ollama(null, null), Set.of("a"));
    undeclared.add(answered("a", 1_000_000, 1_000_000));

    assertThat(undeclared.longerAnswers()).isEmpty();
    assertThat(undeclared.beyondContext()).isEmpty();
    assertThat(undeclared.beyondContextAsAsked()).isEmpty();
  }

  static Offering ollama(Long output, Long context) {
    return Offering.newBuilder(TrafficAndCapacityTest.llama(null))
        .setDialect("ollama")
        .setMaxOutputTokens(output)
        .setContextTokens(context)
        .build();
  }

  static Exchange answered(String request, long input, long output) {
    return TrafficAndCapacityTest.exchange("sol", 0, 0, 0)
        .setRequestId(request)
        .setUsage(Usage.newBuilder().setCacheRead(input).setOutput(output).build())
        .build();
  }

  static InferenceRequest.Builder request(String id, String parameters) {
    return InferenceRequest.newBuilder()
        .setRequestId(id)
        .setTenant("acme")
        .setAccount("acme-1")
        .setReplyKey(id)
        .setServiceClass(ServiceClass.BATCH)
        .setEndpoint("/v1/chat/completions")
        .setBody(
            "{'model':'m',%s,'messages':[{'role':'user','content':'Hello'}]}"
                .formatted(parameters)
                .replace('\'', '"'))
        .setSubmittedAt(NOON)
        .setDeadline(NOON.plusSeconds(600));
  }
}
