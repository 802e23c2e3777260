package io.dualtrack.inference.adapter.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.inference.adapter.Metered;
import io.dualtrack.inference.adapter.TokenCount;
import io.dualtrack.inference.adapter.TokenCount.NotACountException;
import io.dualtrack.schemas.Usage;

/**
 * OpenAI's usage object as disjoint classes. Its cached tokens are part of the prompt's, its
 * reasoning tokens part of the completion's, and so are rejected predictions, which are billed.
 * Embeddings have no completion; the responses API calls the same classes input and output.
 *
 * @param usage null where nothing can be billed by
 * @param problem why the numbers are not to be trusted; null where they add up
 */
record OpenAiUsage(Usage usage, String problem) {

  static OpenAiUsage of(JsonNode node) {
    if (!node.isObject()) {
      return new OpenAiUsage(null, "usage is not an object");
    }
    try {
      return normalise(node);
    } catch (NotACountException e) {
      return new OpenAiUsage(null, e.getMessage());
    }
  }

  private static OpenAiUsage normalise(JsonNode node) throws NotACountException {
    boolean responses = node.has("input_tokens");
    String inputName = responses ? "input_tokens" : "prompt_tokens";
    String outputName = responses ? "output_tokens" : "completion_tokens";
    if (!node.has(inputName)) {
      return new OpenAiUsage(null, "usage lacks " + inputName);
    }
    long input = TokenCount.of(node, inputName);
    long output = TokenCount.of(node, outputName);
    JsonNode inputs = node.path(inputName + "_details");
    JsonNode outputs = node.path(outputName + "_details");
    long cached = TokenCount.of(inputs, "cached_tokens");
    long heard = TokenCount.of(inputs, "audio_tokens");
    long heardBefore = TokenCount.of(inputs.path("cached_tokens_details"), "audio_tokens");
    long seen = TokenCount.of(inputs, "image_tokens");
    long spoken = TokenCount.of(outputs, "audio_tokens");
    long drawn = TokenCount.of(outputs, "image_tokens");
    long reasoning = TokenCount.of(outputs, "reasoning_tokens");
    long rejected = TokenCount.of(outputs, "rejected_prediction_tokens");
    if (cached > input) {
      return unclear(input + output, "cached_tokens are more than " + inputName);
    }
    if (heardBefore > Math.min(heard, cached)
        || heard - heardBefore + seen > input - cached
        || spoken + drawn > output) {
      return unclear(input + output, "modalities are more than " + inputName + " or " + outputName);
    }
    Usage usage =
        Usage.newBuilder()
            .setUncachedInput(input - cached - (heard - heardBefore) - seen)
            .setCacheRead(cached - heardBefore)
            .setAudioInput(heard - heardBefore)
            .setAudioCacheRead(heardBefore)
            .setImageInput(seen)
            .setOutput(output - spoken - drawn)
            .setAudioOutput(spoken)
            .setImageOutput(drawn)
            .setReasoning(Math.min(reasoning, output))
            // Mistral's: the audio itself is billed by the second, and its tokens are in the total.
            .setAudioSeconds(TokenCount.of(node, "prompt_audio_seconds"))
            .build();
    if (reasoning > output) {
      return new OpenAiUsage(usage, "reasoning_tokens are more than " + outputName);
    }
    if (rejected > output) {
      return new OpenAiUsage(usage, "rejected_prediction_tokens are more than " + outputName);
    }
    long total = TokenCount.of(node, "total_tokens");
    boolean more = usage.getAudioSeconds() > 0 && total > input + output;
    if (node.has("total_tokens") && total != input + output && !more) {
      usage.setMismatch(Math.abs(total - input - output));
      return new OpenAiUsage(usage, "total_tokens are not " + inputName + " + " + outputName);
    }
    return new OpenAiUsage(usage, null);
  }

  private static OpenAiUsage unclear(long tokens, String problem) {
    return new OpenAiUsage(Metered.unclear(tokens, null, problem).usage(), problem);
  }
}
