package io.dualtrack.inference.adapter.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.schemas.Usage;

/**
 * OpenAI's usage object as disjoint classes. Its cached tokens are part of the prompt's, its
 * reasoning tokens part of the completion's, and so are rejected predictions. Embeddings have no
 * completion; the responses API calls the same classes input and output.
 *
 * @param usage null where nothing can be billed by
 * @param problem why the numbers are not to be trusted; null where they add up
 */
record OpenAiUsage(Usage usage, String problem) {

  private static final class Refused extends Exception {
    Refused(String message) {
      super(message, null, false, false);
    }
  }

  static OpenAiUsage of(JsonNode node) {
    if (!node.isObject()) {
      return new OpenAiUsage(null, "usage is not an object");
    }
    try {
      return normalise(node);
    } catch (Refused e) {
      return new OpenAiUsage(null, e.getMessage());
    }
  }

  private static OpenAiUsage normalise(JsonNode node) throws Refused {
    boolean responses = node.has("input_tokens");
    String inputName = responses ? "input_tokens" : "prompt_tokens";
    String outputName = responses ? "output_tokens" : "completion_tokens";
    if (!node.has(inputName)) {
      return new OpenAiUsage(null, "usage lacks " + inputName);
    }
    long input = count(node, inputName);
    long output = count(node, outputName);
    long cached = count(node.path(inputName + "_details"), "cached_tokens");
    long reasoning = count(node.path(outputName + "_details"), "reasoning_tokens");
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
    if (node.has("total_tokens") && count(node, "total_tokens") != input + output) {
      return new OpenAiUsage(usage, "total_tokens are not " + inputName + " + " + outputName);
    }
    return new OpenAiUsage(usage, null);
  }

  /** Absent and null are 0: providers leave out what they do not count. */
  private static long count(JsonNode parent, String name) throws Refused {
    JsonNode node = parent.path(name);
    if (node.isMissingNode() || node.isNull()) {
      return 0;
    }
    if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0) {
      throw new Refused(name + " is not a count of tokens");
    }
    return node.intValue();
  }
}
