package io.dualtrack.inference.adapter.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.schemas.Usage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiUsageTest {

  private static OpenAiUsage of(String json) throws Exception {
    return OpenAiUsage.of(new ObjectMapper().readTree(json));
  }

  @Test
  void classesAreDisjointAndAddUpToTheProvidersTotal() throws Exception {
    OpenAiUsage found =
        of(
            """
            {"prompt_tokens":1000,"completion_tokens":300,"total_tokens":1300,
             "prompt_tokens_details":{"cached_tokens":600,"audio_tokens":0},
             "completion_tokens_details":{"reasoning_tokens":250,"rejected_prediction_tokens":20}}
            """);
    assertThat(found.problem()).isNull();
    Usage usage = found.usage();
    assertThat(usage.getUncachedInput()).isEqualTo(400);
    assertThat(usage.getCacheRead()).isEqualTo(600);
    assertThat(usage.getOutput()).isEqualTo(300);
    assertThat(usage.getReasoning()).isEqualTo(250);
    assertThat(usage.getUncachedInput() + usage.getCacheRead() + usage.getOutput()).isEqualTo(1300);
  }

  @Test
  void embeddingsHaveNoOutput() throws Exception {
    OpenAiUsage found = of("{\"prompt_tokens\":8,\"total_tokens\":8}");
    assertThat(found.problem()).isNull();
    assertThat(found.usage().getUncachedInput()).isEqualTo(8);
    assertThat(found.usage().getOutput()).isZero();
  }

  @Test
  void theResponsesApiCallsItInputAndOutput() throws Exception {
    OpenAiUsage found =
        of(
            """
            {"input_tokens":50,"input_tokens_details":{"cached_tokens":20},"output_tokens":5,
             "output_tokens_details":{"reasoning_tokens":0},"total_tokens":55}
            """);
    assertThat(found.problem()).isNull();
    assertThat(found.usage().getUncachedInput()).isEqualTo(30);
  }

  @Test
  void detailsMayBeNullOrAbsent() throws Exception {
    OpenAiUsage found =
        of(
            """
            {"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,
             "prompt_tokens_details":null,"completion_tokens_details":{"reasoning_tokens":null}}
            """);
    assertThat(found.problem()).isNull();
    assertThat(found.usage().getUncachedInput()).isEqualTo(5);
  }

  @Test
  void aTotalThatDoesNotAddUpIsToldAndTheClassesAreKept() throws Exception {
    OpenAiUsage found = of("{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":9}");
    assertThat(found.problem()).contains("total_tokens");
    assertThat(found.usage().getOutput()).isEqualTo(2);
    assertThat(found.usage().getMismatch()).isEqualTo(2);
  }

  @Test
  void classesThatContradictEachOtherAreCountedAsNobodyKnowsWhat() throws Exception {
    OpenAiUsage found =
        of(
            "{\"prompt_tokens\":5,\"completion_tokens\":2,\"prompt_tokens_details\":{\"cached_tokens\":6}}");
    assertThat(found.problem()).contains("cached_tokens");
    assertThat(found.usage()).isEqualTo(Usage.newBuilder().setMismatch(7).build());
  }

  @Test
  void audioAndImagesAreClassesOfTheirOwn() throws Exception {
    OpenAiUsage found =
        of(
            """
            {"prompt_tokens":1000,"completion_tokens":300,"total_tokens":1300,
             "prompt_tokens_details":{"cached_tokens":600,"audio_tokens":500,"image_tokens":50,
              "cached_tokens_details":{"audio_tokens":400}},
             "completion_tokens_details":{"audio_tokens":200}}
            """);
    assertThat(found.problem()).isNull();
    assertThat(found.usage())
        .isEqualTo(
            Usage.newBuilder()
                .setUncachedInput(250)
                .setCacheRead(200)
                .setAudioInput(100)
                .setAudioCacheRead(400)
                .setImageInput(50)
                .setOutput(100)
                .setAudioOutput(200)
                .build());
  }

  @Test
  void audioByTheSecondIsBesideTheTokens() throws Exception {
    OpenAiUsage found =
        of(
            """
            {"prompt_audio_seconds":203,"prompt_tokens":4,"completion_tokens":635,"total_tokens":3264}
            """);
    assertThat(found.problem()).isNull();
    assertThat(found.usage())
        .isEqualTo(
            Usage.newBuilder().setUncachedInput(4).setOutput(635).setAudioSeconds(203).build());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"prompt_tokens\":-5,\"completion_tokens\":2}",
        "{\"prompt_tokens\":5,\"completion_tokens\":-2}",
        "{\"prompt_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":-1}}",
        "{\"prompt_tokens\":5.5}",
        "{\"prompt_tokens\":\"5\"}",
        "{\"prompt_tokens\":99999999999999999999}",
        "{\"completion_tokens\":5}",
        "[]",
        "\"none\""
      })
  void numbersThatCannotBeCountsAreNotBilled(String json) throws Exception {
    OpenAiUsage found = of(json);
    assertThat(found.usage()).isNull();
    assertThat(found.problem()).isNotBlank();
  }
}
