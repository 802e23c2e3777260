package io.dualtrack.topology.jurisdiction;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.AttributeSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a caller says of a request in the body's {@code metadata}, under keys that begin with {@code
 * dualtrack.}.
 *
 * <p>A key or a value that is not understood makes the request invalid: a misspelt restriction must
 * not count as none.
 */
final class CallerTerms {

  private static final String METADATA = "metadata";
  private static final String PREFIX = "dualtrack.";
  private static final Pattern REGION = Pattern.compile("[A-Z][A-Z_]{1,31}");
  private static final Pattern COUNTRY = Pattern.compile("[A-Z]{2}");
  private static final Set<String> DATA_CLASSES =
      Set.of(
          "personal",
          "special",
          "health",
          "card",
          "financial",
          "child",
          "export-controlled",
          "us-bulk",
          "government",
          "public");
  private static final Map<String, String> ATTRIBUTES =
      Map.of(
          "regions", AttributeNames.DATA_SUBJECT_REGIONS,
          "data_classes", AttributeNames.DATA_CLASSES,
          "country", AttributeNames.DECLARED_COUNTRY,
          "processing", AttributeNames.ASKED_PROCESSING,
          "no_store", AttributeNames.NO_STORE);

  /** What was found. */
  sealed interface Terms {

    /**
     * @param taken whether anything was removed from the body
     */
    record Understood(List<Attribute> attributes, boolean taken) implements Terms {}

    /**
     * @param problem what is wrong and what to do, without any value of the body
     */
    record Unclear(String problem) implements Terms {}
  }

  private CallerTerms() {}

  /** Takes Dualtrack's own metadata out of a body. */
  static Terms take(ObjectNode body) {
    if (!(body.get(METADATA) instanceof ObjectNode metadata)) {
      return new Terms.Understood(List.of(), false);
    }
    List<Attribute> attributes = new ArrayList<>();
    for (Iterator<Map.Entry<String, JsonNode>> fields = metadata.fields(); fields.hasNext(); ) {
      Map.Entry<String, JsonNode> field = fields.next();
      if (!field.getKey().startsWith(PREFIX)) {
        continue;
      }
      String key = field.getKey().substring(PREFIX.length());
      String name = ATTRIBUTES.get(key);
      if (name == null) {
        return new Terms.Unclear(
            "metadata holds a key beginning with dualtrack. that is not known; known are %s"
                .formatted(
                    ATTRIBUTES.keySet().stream().sorted().collect(Collectors.joining(", "))));
      }
      List<String> values = values(field.getValue(), key);
      if (!valid(key, values)) {
        return new Terms.Unclear(
            "metadata dualtrack.%s is not understood; it must be a text: %s"
                .formatted(key, expected(key)));
      }
      attributes.add(new Attribute(name, values, AttributeSource.CALLER));
      fields.remove();
    }
    if (!attributes.isEmpty() && metadata.isEmpty()) {
      body.remove(METADATA);
    }
    return new Terms.Understood(attributes, !attributes.isEmpty());
  }

  private static List<String> values(JsonNode value, String key) {
    if (!value.isTextual()) {
      return List.of();
    }
    boolean lower = key.equals("data_classes") || key.equals("no_store");
    return Arrays.stream(value.textValue().split(",", -1))
        .map(String::strip)
        .map(each -> lower ? each.toLowerCase(Locale.ROOT) : each.toUpperCase(Locale.ROOT))
        .distinct()
        .sorted()
        .toList();
  }

  private static boolean valid(String key, List<String> values) {
    return !values.isEmpty()
        && switch (key) {
          case "data_classes" -> DATA_CLASSES.containsAll(values);
          case "no_store" -> values.size() == 1 && Set.of("true", "false").containsAll(values);
          case "country" -> values.size() == 1 && COUNTRY.matcher(values.get(0)).matches();
          default -> values.stream().allMatch(each -> REGION.matcher(each).matches());
        };
  }

  private static String expected(String key) {
    return switch (key) {
      case "data_classes" ->
          "some of "
              + DATA_CLASSES.stream().sorted().collect(Collectors.joining(", "))
              + ", separated by commas";
      case "no_store" -> "true or false";
      case "country" -> "one ISO 3166 country code of two letters";
      default -> "region codes such as EU or US, separated by commas";
    };
  }
}
