package io.dualtrack.local.prices;

import io.dualtrack.schemas.TokenClass;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a field of LiteLLM's price file is the price of. Its names are a base and suffixes that
 * combine in any order: {@code cache_read_input_token_cost_above_272k_tokens_flex}.
 *
 * @param tier standard, batch, flex or priority
 * @param aboveInputTokens applies where the whole input has more tokens than this; 0 for no
 *     threshold
 */
record PriceField(TokenClass tokenClass, String tier, long aboveInputTokens) {

  static final String STANDARD = "standard";

  private static final Map<String, TokenClass> BASES =
      Map.of(
          "input_cost_per_token", TokenClass.UNCACHED_INPUT,
          "output_cost_per_token", TokenClass.OUTPUT,
          "cache_read_input_token_cost", TokenClass.CACHE_READ,
          "cache_creation_input_token_cost", TokenClass.CACHE_WRITE_5M);

  /** An older name of the price of a cache read. */
  private static final String CACHE_HIT = "input_cost_per_token_cache_hit";

  private static final Map<String, String> TIERS =
      Map.of("batches", "batch", "flex", "flex", "priority", "priority");

  private static final Pattern SUFFIX =
      Pattern.compile("_(?:above_(\\d{1,6})k_tokens|(above_1hr)|(batches|flex|priority))");

  /** What the field is the price of; empty where it is no price of a token class. */
  static Optional<PriceField> of(String name) {
    if (name.equals(CACHE_HIT)) {
      return Optional.of(new PriceField(TokenClass.CACHE_READ, STANDARD, 0));
    }
    return BASES.entrySet().stream()
        .filter(base -> name.startsWith(base.getKey()))
        .findFirst()
        .flatMap(base -> suffixed(base.getValue(), name.substring(base.getKey().length())));
  }

  private static Optional<PriceField> suffixed(TokenClass base, String suffixes) {
    TokenClass tokenClass = base;
    String tier = STANDARD;
    long above = 0;
    Matcher suffix = SUFFIX.matcher(suffixes);
    int end = 0;
    while (end < suffixes.length()) {
      if (!suffix.find(end) || suffix.start() != end) {
        return Optional.empty();
      }
      if (suffix.group(1) != null && above == 0) {
        above = Long.parseLong(suffix.group(1)) * 1000;
      } else if (suffix.group(2) != null && tokenClass == TokenClass.CACHE_WRITE_5M) {
        tokenClass = TokenClass.CACHE_WRITE_1H;
      } else if (suffix.group(3) != null && tier.equals(STANDARD)) {
        tier = TIERS.get(suffix.group(3));
      } else {
        return Optional.empty();
      }
      end = suffix.end();
    }
    return Optional.of(new PriceField(tokenClass, tier, above));
  }

  /** Whether a field looks like a price of anything. */
  static boolean isPrice(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.contains("cost") || lower.endsWith("_pricing");
  }

  @Override
  public String toString() {
    return tokenClass
        + (tier.equals(STANDARD) ? "" : " " + tier)
        + (aboveInputTokens == 0 ? "" : " above %,d".formatted(aboveInputTokens));
  }
}
