package io.dualtrack.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.Offering;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What an offering cannot do is asked of its adapter. */
class RefusalsTest {

  private static final String CHAT = "/v1/chat/completions";
  private static final String HELLO = "{'role':'user','content':'Hello'}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ollama    | 'n':3,'logprobs':true,'temperature':0.5 | logprobs,n",
        "ollama    | 'n':1,'logprobs':false                  |",
        "vllm      | 'n':3,'logprobs':true,'temperature':0.5 |",
        "openai    | 'n':3,'store':true,'guided_regex':'a'   |",
        "anthropic | 'n':3,'logprobs':true,'temperature':1.5 | logprobs,n,temperature",
        "vertex-anthropic | 'logit_bias':{'1':2}             | logit_bias",
        "bedrock   | 'seed':7                                | seed",
        "vertex    | 'user':'u','verbosity':'low'            | user,verbosity"
      })
  void everyParameterIsNamedThatADialectRefuses(String dialect, String asked, String refused)
      throws Exception {
    assertThat(refusals(dialect, null, null).of(CHAT, chat(asked, HELLO)))
        .containsExactlyInAnyOrderElementsOf(
            refused == null ? Set.of() : Set.of(refused.split(",")));
  }

  @Test
  void contentIsNamedByWhereItStandsInAnyMessage() throws Exception {
    String file = "{'role':'user','content':[{'type':'text','text':'x'},{'type':'file'}]}";

    assertThat(refusals("vllm", null, null).of(CHAT, chat("'store':true", HELLO + "," + file)))
        .containsExactly("messages[].content[].type", "store");
  }

  @Test
  void anEndpointIsNamedByItsPath() throws Exception {
    ObjectNode body = json("{'model':'m','input':'x'}");

    assertThat(refusals("tgi", null, null).of("/v1/embeddings", body))
        .containsExactly("/v1/embeddings");
    assertThat(refusals("ollama", null, null).of("/v1/embeddings", body)).isEmpty();
  }

  static Set<String> dialects() {
    return Set.copyOf(Dialects.names());
  }

  @ParameterizedTest
  @MethodSource("dialects")
  void aLongerAnswerThanIsDeclaredMayNotBeAskedFor(String dialect) throws Exception {
    ObjectNode body = chat("'max_completion_tokens':2000", HELLO);

    assertThat(refusals(dialect, 1_999L, null).of(CHAT, body))
        .containsExactly("max_completion_tokens");
    assertThat(refusals(dialect, null, 1_999L).of(CHAT, body))
        .containsExactly("max_completion_tokens");
    assertThat(refusals(dialect, 2_000L, 8_000L).of(CHAT, body)).isEmpty();
    assertThat(refusals(dialect, null, null).of(CHAT, body)).isEmpty();
    assertThat(refusals(dialect, 10L, 10L).of(CHAT, chat("'temperature':1", HELLO))).isEmpty();
  }

  @Test
  void thatAKeyOrAnAddressIsNotKnownHereIsNoRefusal() throws Exception {
    Offering keyed =
        Offering.newBuilder(Samples.offering("o", "https://host/v1")).setKeyVariable("KEY").build();

    assertThat(new Refusals(keyed).of(CHAT, chat("'n':2", HELLO))).isEmpty();
  }

  @Test
  void aDialectThatNobodySpeaksIsAnError() {
    Offering odd = Offering.newBuilder(Samples.offering("o", "x")).setDialect("klingon").build();

    assertThatThrownBy(() -> new Refusals(odd)).hasMessageContaining("klingon");
  }

  private static Refusals refusals(String dialect, Long output, Long context) {
    return new Refusals(
        Offering.newBuilder(Samples.offering("o", "sandbox"))
            .setDialect(dialect)
            .setMaxOutputTokens(output)
            .setContextTokens(context)
            .build());
  }

  private static ObjectNode chat(String parameters, String messages) throws Exception {
    return json("{'model':'m',%s,'messages':[%s]}".formatted(parameters, messages));
  }

  private static ObjectNode json(String text) throws Exception {
    return (ObjectNode) new ObjectMapper().readTree(text.replace('\'', '"'));
  }
}
