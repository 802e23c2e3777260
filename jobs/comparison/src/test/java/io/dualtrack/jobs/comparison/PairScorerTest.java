package io.dualtrack.jobs.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.Features;
import io.dualtrack.schemas.ShadowDay;
import io.dualtrack.schemas.ShadowMeasure;
import io.dualtrack.schemas.ShadowPair;
import io.dualtrack.schemas.ShadowQuality;
import io.dualtrack.schemas.ShadowShare;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PairScorerTest {

  private static final String TOOLS =
      "{\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}]}";
  private static final String PERSON =
      "{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"p\",\"schema\":"
          + "{\"type\":\"object\",\"x-own\":1,\"required\":[\"name\"],"
          + "\"properties\":{\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Z]\"},"
          + "\"age\":{\"type\":\"number\",\"multipleOf\":0.5}}}}}}";

  private final PairScorer scorer = new PairScorer();

  @Test
  void equalTextsAreTheSameInEveryWay() {
    ShadowDay day = day(Pairs.of("The sum is 42", "The sum is 42"));

    assertThat(isSame(day, ShadowMeasure.SAME_TEXT)).contains(true);
    assertThat(isSame(day, ShadowMeasure.SAME_NORMALISED)).contains(true);
    assertThat(isSame(day, ShadowMeasure.SAME_NUMBER)).contains(true);
  }

  @Test
  void caseArticlesAndPunctuationAreNormalisedAway() {
    ShadowDay day = day(Pairs.of("The cat, a black one.", "Cat — black one"));

    assertThat(isSame(day, ShadowMeasure.SAME_TEXT)).contains(false);
    assertThat(isSame(day, ShadowMeasure.SAME_NORMALISED)).contains(true);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "She has 3 + 4 = 7. #### 7 | The answer is 7. | true",
        "#### 1,250 | so it costs $1250.00 | true",
        "#### 18 | First 18, and then 19 | false",
        "The final answer: \\boxed{12} | 12 | true",
        "That makes 5% | 5 | true",
        "#### -3 | −3 | true",
        "#### 70000 | about seventy thousand | false",
        "The answer is **64** | **Answer:** 64 apples in 2 boxes | true"
      })
  void theNumberThatTheFirstAnswerComesToIsLookedForInTheSecond(
      String first, String second, boolean same) {
    assertThat(isSame(day(Pairs.of(first, second)), ShadowMeasure.SAME_NUMBER)).contains(same);
  }

  @Test
  void nobodyAsksForTheNumberOfALetter() {
    ShadowDay day = day(Pairs.of("Your order 4711 has left our house.", "It is on its way."));

    assertThat(share(day, ShadowMeasure.SAME_NUMBER)).isEmpty();
  }

  @Test
  void jsonIsComparedByValueAndHeldAgainstTheSchemaThatWasAskedFor() {
    ShadowDay day =
        day(
            Pairs.of(
                PERSON,
                Pairs.chat("{\"name\":\"Ann\",\"age\":3.0}"),
                Pairs.chat("{ \"age\": 3, \"name\": \"Ann\" }")));

    assertThat(isSame(day, ShadowMeasure.SAME_NORMALISED)).contains(true);
    assertThat(share(day, ShadowMeasure.VALID_JSON).orElseThrow().getTo()).isEqualTo(1);
    assertThat(share(day, ShadowMeasure.FITS_SCHEMA).orElseThrow().getBoth()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"name\":\"ann\"} | 1",
        "{\"age\":3} | 1",
        "{\"name\":\"Ann\",\"age\":1e999999999} | 1",
        "Here you are: {\"name\":\"Ann\"} | 0"
      })
  void whatDoesNotFitIsCountedForTheOneThatDoesNot(String second, long valid) {
    ShadowDay day = day(Pairs.of(PERSON, Pairs.chat("{\"name\":\"Ann\"}"), Pairs.chat(second)));

    ShadowShare json = share(day, ShadowMeasure.VALID_JSON).orElseThrow();
    assertThat(json.getFrom()).isEqualTo(1);
    assertThat(json.getTo()).isEqualTo(valid);
    ShadowShare fits = share(day, ShadowMeasure.FITS_SCHEMA).orElseThrow();
    assertThat(fits.getFrom()).isEqualTo(1);
    assertThat(fits.getTo()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"$ref\":\"https://example.com/schema\"}",
        "{\"pattern\":\"(\"}",
        "{\"pattern\":\"((a{100}){100}){100}\"}",
        "{\"type\":7}",
        "{\"$ref\":\"#\"}"
      })
  void aSchemaThatCannotBeCheckedIsNotAndHarmsNobody(String schema) {
    String request =
        "{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":%s}}}"
            .formatted(schema);

    ShadowDay day = day(Pairs.of(request, Pairs.chat("\"a\""), Pairs.chat("\"a\"")));

    assertThat(share(day, ShadowMeasure.VALID_JSON)).isPresent();
    assertThat(share(day, ShadowMeasure.FITS_SCHEMA)).isEmpty();
  }

  @Test
  void toolCallsAreTheSameWhateverTheirOrderAndSpaces() {
    ShadowDay day =
        day(
            Pairs.of(
                TOOLS,
                Pairs.calls("weather", "{\"city\":\"Rome\",\"days\":1}", "weather", "{}"),
                Pairs.calls("weather", "{}", "weather", "{ \"days\":1.0, \"city\":\"Rome\"}")));

    assertThat(isSame(day, ShadowMeasure.SAME_TOOL_CALLS)).contains(true);
    assertThat(share(day, ShadowMeasure.SAME_TEXT)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"city\":\"Roma\"}", "{\"city\":\"Rome\"", ""})
  void otherArgumentsAreOtherToolCalls(String arguments) {
    ShadowDay day =
        day(
            Pairs.of(
                TOOLS,
                Pairs.calls("weather", "{\"city\":\"Rome\"}"),
                Pairs.calls("weather", arguments)));

    assertThat(isSame(day, ShadowMeasure.SAME_TOOL_CALLS)).contains(false);
  }

  @Test
  void anAnswerInPlaceOfAToolCallIsNotTheSame() {
    ShadowDay day = day(Pairs.of(TOOLS, Pairs.calls("weather", "{}"), Pairs.chat("It is warm.")));

    assertThat(isSame(day, ShadowMeasure.SAME_TOOL_CALLS)).contains(false);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "I'm sorry, but I can’t help with that request.",
        "I cannot provide instructions for this.",
        "As an AI language model, I am unable to do so.",
        "Es tut mir leid, aber ich kann dabei nicht helfen.",
        "Je suis désolé, mais je ne peux pas vous aider.",
        "抱歉，我无法提供这方面的帮助。"
      })
  void refusalsAreSeenInSeveralLanguages(String refusal) {
    ShadowShare refused =
        share(day(Pairs.of("Here it is.", refusal)), ShadowMeasure.REFUSED).orElseThrow();

    assertThat(refused.getFrom()).isZero();
    assertThat(refused.getTo()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "I'm sorry to hear that your parcel is late.",
        "I cannot thank you enough for the help.",
        "The engine will not start; check the fuse."
      })
  void regretsAndOtherNegationsAreNoRefusals(String text) {
    assertThat(share(day(Pairs.of("Yes.", text)), ShadowMeasure.REFUSED).orElseThrow().getTo())
        .isZero();
  }

  @Test
  void anAnswerInAnotherLanguageIsSeen() {
    ShadowDay day =
        day(
            Pairs.of(
                "Thank you for your letter of last week, which we have read with great interest.",
                "Vielen Dank für Ihren Brief der letzten Woche, den wir mit großem Interesse"
                    + " gelesen haben."));

    assertThat(isSame(day, ShadowMeasure.SAME_LANGUAGE)).contains(false);
  }

  @Test
  void aCopyThatWasNotAnsweredIsCountedWithItsReasonAndComparedInNothingElse() {
    ShadowPair pair = Pairs.of("42", "").build();
    pair.getShadow().setStatus(CompletionStatus.REJECTED);
    pair.getShadow().setErrorCode("UNSUPPORTED_PARAMETER");
    pair.getShadow().setBody(null);
    pair.getShadow().setUsage(null);

    ShadowDay day = scorer.score(pair).getDays().get(0);

    assertThat(day.getFailures()).containsExactly(java.util.Map.entry("UNSUPPORTED_PARAMETER", 1L));
    assertThat(day.getShares()).hasSize(1);
    assertThat(day.getShares().get(0).getTo()).isZero();
    assertThat(day.getRatios()).isEmpty();
    assertThat(day.getPricedPairs()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no JSON", "[]", "{}", "{\"choices\":[{\"message\":7}]}", "null"})
  void aBodyThatCannotBeReadHarmsNobody(String body) {
    ShadowPair pair = Pairs.of("42", "42").build();
    pair.getShadow().setBody(body);
    pair.setBody(body);

    assertThat(scorer.score(pair).getDays().get(0).getPairs()).isEqualTo(1);
  }

  @Test
  void aTaskIsWhatTheCallerCallsItElseItsApplicationElseItsKind() {
    Features features =
        Features.newBuilder()
            .setKeyEpoch(3)
            .setMinHash(ByteBuffer.allocate(0))
            .setSkeletonPrefix(1)
            .setSkeletonSuffix(2)
            .setCapabilities(List.of("coding"))
            .setSystemPrefix(255)
            .build();
    ShadowPair.Builder pair = Pairs.of("1", "1").setFeatures(features);

    assertThat(scorer.score(pair.build()).getTask()).isEqualTo("maths");
    assertThat(scorer.score(pair.setTask(null).build()).getTask())
        .isEqualTo("system:3:00000000000000ff");
    features.setSystemPrefix(0);
    assertThat(scorer.score(pair.build()).getTask()).isEqualTo("kind:coding");
    assertThat(scorer.score(pair.setFeatures(null).build()).getTask()).isEqualTo("unknown");
  }

  @Test
  void nothingOfATextIsInWhatGoesOn() {
    ShadowPair pair = Pairs.of("secretprompt 42", "secretanswer 42").setTask(null).build();
    pair.setBody("{\"messages\":[{\"content\":\"secretprompt\"}]}");

    ShadowQuality quality = Quality.withFigures(scorer.score(pair));

    assertThat(quality.toString()).doesNotContain("secret");
  }

  private ShadowDay day(ShadowPair.Builder pair) {
    return scorer.score(pair.build()).getDays().get(0);
  }

  private static Optional<Boolean> isSame(ShadowDay day, ShadowMeasure measure) {
    return share(day, measure).map(share -> share.getBoth() == 1);
  }

  private static Optional<ShadowShare> share(ShadowDay day, ShadowMeasure measure) {
    return day.getShares().stream().filter(share -> share.getMeasure() == measure).findFirst();
  }
}
