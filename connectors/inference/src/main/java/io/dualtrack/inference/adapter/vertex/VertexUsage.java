package io.dualtrack.inference.adapter.vertex;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.inference.adapter.Metered;
import io.dualtrack.inference.adapter.TokenCount;
import io.dualtrack.inference.adapter.TokenCount.NotACountException;
import io.dualtrack.schemas.Usage;

/**
 * Vertex's usage as disjoint classes. Its prompt includes what was read from a cache; thoughts are
 * beside the candidates' tokens and not inside them, and are billed as output; what tools add to
 * the prompt is counted apart. Audio has prices of its own, and so have images that are made;
 * images and videos that are read cost as text does.
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
      long heard = of(node.path("promptTokensDetails"), "AUDIO");
      long heardBefore = of(node.path("cacheTokensDetails"), "AUDIO");
      long spoken = of(node.path("candidatesTokensDetails"), "AUDIO");
      long drawn = of(node.path("candidatesTokensDetails"), "IMAGE");
      if (cached > prompt) {
        return Metered.unclear(
            prompt + output, raw, "cachedContentTokenCount is more than the prompt");
      }
      if (heardBefore > Math.min(heard, cached)
          || heard - heardBefore > prompt - cached
          || spoken + drawn > output - thoughts) {
        return Metered.unclear(prompt + output, raw, "modalities are more than all tokens");
      }
      Usage usage =
          Usage.newBuilder()
              .setUncachedInput(prompt - cached - (heard - heardBefore))
              .setCacheRead(cached - heardBefore)
              .setAudioInput(heard - heardBefore)
              .setAudioCacheRead(heardBefore)
              .setOutput(output - spoken - drawn)
              .setAudioOutput(spoken)
              .setImageOutput(drawn)
              .setReasoning(thoughts)
              .build();
      long total = TokenCount.of(node, "totalTokenCount");
      boolean adds = !node.has("totalTokenCount") || total == prompt + output;
      usage.setMismatch(adds ? 0 : Math.abs(total - prompt - output));
      return new Metered(usage, raw, adds ? null : "totalTokenCount is not the sum of the classes");
    } catch (NotACountException e) {
      return new Metered(null, raw, e.getMessage());
    }
  }

  private static long of(JsonNode details, String modality) throws NotACountException {
    long tokens = 0;
    for (JsonNode detail : details) {
      tokens +=
          detail.path("modality").asText().equals(modality)
              ? TokenCount.of(detail, "tokenCount")
              : 0;
    }
    return tokens;
  }
}
