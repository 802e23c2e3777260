package io.dualtrack.inference.adapter.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.inference.adapter.Metered;
import io.dualtrack.inference.adapter.TokenCount;
import io.dualtrack.inference.adapter.TokenCount.NotACountException;
import io.dualtrack.schemas.Usage;

/**
 * Converse's usage as disjoint classes. Its input excludes what was read from the cache and written
 * to it; {@code cacheDetails}, where there are any, say how long writes are kept.
 */
final class BedrockUsage {

  private BedrockUsage() {}

  static Metered of(JsonNode node) {
    if (!node.isObject()) {
      return new Metered(null, null, "the answer has no usage");
    }
    String raw = node.toString();
    if (!node.has("inputTokens") || !node.has("outputTokens")) {
      return new Metered(null, raw, "usage lacks inputTokens or outputTokens");
    }
    try {
      long input = TokenCount.of(node, "inputTokens");
      long output = TokenCount.of(node, "outputTokens");
      long read = TokenCount.of(node, "cacheReadInputTokens");
      long written = TokenCount.of(node, "cacheWriteInputTokens");
      long longer = 0;
      for (JsonNode detail : node.path("cacheDetails")) {
        longer +=
            detail.path("ttl").asText().equals("1h") ? TokenCount.of(detail, "inputTokens") : 0;
      }
      if (longer > written) {
        return Metered.unclear(
            input + output + read + written,
            raw,
            "cacheDetails are more than cacheWriteInputTokens");
      }
      Usage usage =
          Usage.newBuilder()
              .setUncachedInput(input)
              .setCacheRead(read)
              .setCacheWrite5m(written - longer)
              .setCacheWrite1h(longer)
              .setOutput(output)
              .build();
      long total = TokenCount.of(node, "totalTokens");
      // Some models leave the cache out of the total.
      boolean adds =
          !node.has("totalTokens")
              || total == input + output + read + written
              || total == input + output;
      usage.setMismatch(adds ? 0 : Math.abs(total - input - output - read - written));
      return new Metered(usage, raw, adds ? null : "totalTokens are not the sum of the classes");
    } catch (NotACountException e) {
      return new Metered(null, raw, e.getMessage());
    }
  }
}
