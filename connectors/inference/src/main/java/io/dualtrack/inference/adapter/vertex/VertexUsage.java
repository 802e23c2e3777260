package io.dualtrack.inference.adapter.vertex;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.inference.adapter.Metered;
import io.dualtrack.inference.adapter.TokenCount;
import io.dualtrack.inference.adapter.TokenCount.NotACountException;
import io.dualtrack.schemas.Usage;

/**
 * Vertex's usage as disjoint classes. Its prompt includes what was read from a cache; thoughts are
 * beside the candidates' tokens and not inside them, and are billed as output; what tools add to
 * the prompt is counted apart.
 */
final class VertexUsage {

  private VertexUsage() {}

  static Metered of(JsonNode node) {
    if (!node.isObject()) {
      return new Metered(null, null, "the answer has no usage");
    }
    String raw = node.toString();
    if (!node.has("promptTokenCount")) {
      return new Metered(null, raw, "usage lacks promptTokenCount");
    }
    try {
      long prompt =
          TokenCount.of(node, "promptTokenCount") + TokenCount.of(node, "toolUsePromptTokenCount");
      long cached = TokenCount.of(node, "cachedContentTokenCount");
      long thoughts = TokenCount.of(node, "thoughtsTokenCount");
      long output = TokenCount.of(node, "candidatesTokenCount") + thoughts;
      if (cached > prompt) {
        return new Metered(null, raw, "cachedContentTokenCount is more than the prompt");
      }
      Usage usage =
          Usage.newBuilder()
              .setUncachedInput(prompt - cached)
              .setCacheRead(cached)
              .setOutput(output)
              .setReasoning(thoughts)
              .build();
      boolean adds =
          !node.has("totalTokenCount") || TokenCount.of(node, "totalTokenCount") == prompt + output;
      return new Metered(usage, raw, adds ? null : "totalTokenCount is not the sum of the classes");
    } catch (NotACountException e) {
      return new Metered(null, raw, e.getMessage());
    }
  }
}
