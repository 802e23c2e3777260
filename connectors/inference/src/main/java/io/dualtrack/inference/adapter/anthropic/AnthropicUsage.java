package io.dualtrack.inference.adapter.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.inference.adapter.Metered;
import io.dualtrack.inference.adapter.TokenCount;
import io.dualtrack.inference.adapter.TokenCount.NotACountException;
import io.dualtrack.schemas.Usage;

/**
 * Anthropic's usage object as disjoint classes. Its input excludes what was read from the cache and
 * what was written to it; the writes are one number, which {@code cache_creation} takes apart by
 * how long they are kept. Thinking is inside the output and not counted apart.
 */
final class AnthropicUsage {

  private AnthropicUsage() {}

  static Metered of(JsonNode node) {
    if (!node.isObject()) {
      return new Metered(null, null, "the answer has no usage");
    }
    String raw = node.toString();
    if (!node.has("input_tokens") || !node.has("output_tokens")) {
      return new Metered(null, raw, "usage lacks input_tokens or output_tokens");
    }
    try {
      long written = TokenCount.of(node, "cache_creation_input_tokens");
      JsonNode kinds = node.path("cache_creation");
      long brief = TokenCount.of(kinds, "ephemeral_5m_input_tokens");
      long longer = TokenCount.of(kinds, "ephemeral_1h_input_tokens");
      boolean told = kinds.isObject();
      Usage usage =
          Usage.newBuilder()
              .setUncachedInput(TokenCount.of(node, "input_tokens"))
              .setCacheRead(TokenCount.of(node, "cache_read_input_tokens"))
              // Five minutes is what a write is kept for where nothing else is said.
              .setCacheWrite5m(told ? brief : written)
              .setCacheWrite1h(longer)
              .setOutput(TokenCount.of(node, "output_tokens"))
              .build();
      if (told && node.has("cache_creation_input_tokens")) {
        usage.setMismatch(Math.abs(written - brief - longer));
      }
      boolean adds = usage.getMismatch() == 0;
      return new Metered(
          usage,
          raw,
          adds ? null : "cache_creation does not add up to cache_creation_input_tokens");
    } catch (NotACountException e) {
      return new Metered(null, raw, e.getMessage());
    }
  }
}
