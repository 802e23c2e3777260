package io.dualtrack.inference.adapter.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.adapter.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An object that comes in parts. Texts that a model writes grow; list elements that have an index
 * grow each on its own, others are added; everything else is as it was said last. So fields that
 * only one member of the family knows come through too.
 */
final class Delta {

  /** Texts of the model; any other text is a name or a kind, which comes whole. */
  private static final Set<String> GROWING =
      Set.of(
          "content",
          "refusal",
          "reasoning",
          "reasoning_content",
          "thinking",
          "arguments",
          "input",
          "text",
          "transcript",
          "data");

  private final Map<String, Object> fields = new LinkedHashMap<>();

  /**
   * @return characters of the model's texts that were added
   */
  int add(ObjectNode part) {
    int added = 0;
    for (Map.Entry<String, JsonNode> field : part.properties()) {
      String name = field.getKey();
      JsonNode value = field.getValue();
      Object known = fields.get(name);
      if (value.isNull()) {
        fields.putIfAbsent(name, value);
      } else if (value.isTextual() && GROWING.contains(name)) {
        StringBuilder text =
            known instanceof StringBuilder growing ? growing : new StringBuilder(64);
        text.append(value.textValue());
        fields.put(name, text);
        added += value.textValue().length();
      } else if (value instanceof ObjectNode object) {
        Delta inner = known instanceof Delta delta ? delta : new Delta();
        added += inner.add(object);
        fields.put(name, inner);
      } else if (value instanceof ArrayNode array) {
        Elements inner = known instanceof Elements elements ? elements : new Elements();
        added += inner.add(array);
        fields.put(name, inner);
      } else {
        fields.put(name, value);
      }
    }
    return added;
  }

  ObjectNode whole() {
    ObjectNode whole = Json.object();
    fields.forEach(
        (name, value) -> {
          if (value instanceof StringBuilder text) {
            whole.put(name, text.toString());
          } else if (value instanceof Delta inner) {
            whole.set(name, inner.whole());
          } else if (value instanceof Elements inner) {
            whole.set(name, inner.whole());
          } else {
            whole.set(name, (JsonNode) value);
          }
        });
    return whole;
  }

  private static final class Elements {

    private final Map<Integer, Delta> indexed = new LinkedHashMap<>();
    private final List<JsonNode> others = new ArrayList<>();

    int add(ArrayNode part) {
      int added = 0;
      for (JsonNode element : part) {
        JsonNode index = element.path("index");
        if (index.isInt() && element instanceof ObjectNode object) {
          object.remove("index");
          added += indexed.computeIfAbsent(index.intValue(), i -> new Delta()).add(object);
        } else {
          others.add(element);
          added += element.path("text").asText("").length();
        }
      }
      return added;
    }

    ArrayNode whole() {
      ArrayNode whole = Json.MAPPER.createArrayNode();
      indexed.values().forEach(delta -> whole.add(delta.whole()));
      return whole.addAll(others);
    }
  }
}
