package io.dualtrack.local.prices;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.TokenClass;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PriceFieldTest {

  @ParameterizedTest
  @CsvSource({
    "input_cost_per_token, UNCACHED_INPUT, standard, 0",
    "output_cost_per_token_batches, OUTPUT, batch, 0",
    "output_cost_per_token_above_200k_tokens, OUTPUT, standard, 200000",
    "input_cost_per_token_above_272k_tokens_flex, UNCACHED_INPUT, flex, 272000",
    "cache_read_input_token_cost_above_200k_tokens_priority, CACHE_READ, priority, 200000",
    "cache_creation_input_token_cost, CACHE_WRITE_5M, standard, 0",
    "cache_creation_input_token_cost_above_1hr, CACHE_WRITE_1H, standard, 0",
    "cache_creation_input_token_cost_above_1hr_above_200k_tokens, CACHE_WRITE_1H, standard, 200000",
    "cache_creation_input_token_cost_above_200k_tokens_above_1hr, CACHE_WRITE_1H, standard, 200000",
    "cache_creation_input_token_cost_above_272k_tokens_flex, CACHE_WRITE_5M, flex, 272000",
    "input_cost_per_token_cache_hit, CACHE_READ, standard, 0",
  })
  void suffixesCombineInAnyOrder(String name, TokenClass tokenClass, String tier, long above) {
    assertThat(PriceField.of(name)).contains(new PriceField(tokenClass, tier, above));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "input_cost_per_audio_token",
        "output_cost_per_image",
        "input_cost_per_token_above_15s_interval",
        "input_cost_per_token_batches_flex",
        "input_cost_per_token_above_200k_tokens_above_272k_tokens",
        "output_cost_per_token_above_1hr",
        "input_cost_per_tokens",
      })
  void whatIsNoPriceOfATokenClassIsNotTakenForOne(String name) {
    assertThat(PriceField.of(name)).isEmpty();
  }

  @Test
  void aFieldSaysInWordsWhatItIsThePriceOf() {
    assertThat(new PriceField(TokenClass.OUTPUT, "flex", 272_000))
        .hasToString("OUTPUT flex above 272,000");
  }
}
