package io.dualtrack.inference.adapter.openai;

import com.fasterxml.jackson.databind.JsonNode;
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
    JsonNode outputs = node.path(outputName + "_details");
    long cached = TokenCount.of(node.path(inputName + "_details"), "cached_tokens");
    long reasoning = TokenCount.of(outputs, "reasoning_tokens");
    long rejected = TokenCount.of(outputs, "rejected_prediction_tokens");
    if (cached > input) {
      return new OpenAiUsage(null, "cached_tokens are more than " + inputName);
    }
    Usage usage =
        Usage.newBuilder()
            .setUncachedInput(input - cached)
            .setCacheRead(cached)
            .setOutput(output)
            .setReasoning(Math.min(reasoning, output))
            .build();
    if (reasoning > output) {
      return new OpenAiUsage(usage, "reasoning_tokens are more than " + outputName);
    }
    if (rejected > output) {
      return new OpenAiUsage(usage, "rejected_prediction_tokens are more than " + outputName);
    }
    if (node.has("total_tokens") && TokenCount.of(node, "total_tokens") != input + output) {
      return new OpenAiUsage(usage, "total_tokens are not " + inputName + " + " + outputName);
    }
    if (node.path("prompt_audio_seconds").asInt(0) > 0) {
      return new OpenAiUsage(usage, "prompt_audio_seconds are billed by the second, not by token");
    }
    return new OpenAiUsage(usage, null);
  }
}
