package io.dualtrack.inference.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Values of OpenAI's parameters that say what is so without them. An offering that does not know
 * such a parameter still does what the caller asks for.
 */
public final class AsksNothing {

  private static final Predicate<JsonNode> FALSE = value -> value.isBoolean() && !value.asBoolean();
  private static final Predicate<JsonNode> ZERO =
      value -> value.isNumber() && value.doubleValue() == 0;
  private static final Predicate<JsonNode> EMPTY =
      value -> value.isContainerNode() && value.isEmpty();

  private static final Map<String, Predicate<JsonNode>> VALUES =
      Map.ofEntries(
          Map.entry("n", value -> value.asInt(0) == 1),
          Map.entry("logprobs", FALSE),
          Map.entry("store", FALSE),
          Map.entry("top_logprobs", ZERO),
          Map.entry("presence_penalty", ZERO),
          Map.entry("frequency_penalty", ZERO),
          Map.entry("parallel_tool_calls", value -> value.asBoolean(false)),
          Map.entry("service_tier", value -> Set.of("auto", "default").contains(value.asText())),
          Map.entry("tool_choice", value -> value.asText().equals("auto")),
          Map.entry("encoding_format", value -> value.asText().equals("float")),
          Map.entry(
              "modalities", value -> value.size() == 1 && value.get(0).asText().equals("text")),
          Map.entry("metadata", EMPTY),
          Map.entry("tools", EMPTY),
          Map.entry("logit_bias", EMPTY));

  private AsksNothing() {}

  public static boolean test(String parameter, JsonNode value) {
    return value.isNull() || VALUES.getOrDefault(parameter, none -> false).test(value);
  }
}
