package io.dualtrack.operations.focus;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Currency;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The FOCUS 1.2 model's machine-readable rules, and whether rows keep them. */
final class FocusRules {

  /** What came of a rule: kept, or why it was not tried, or which row breaks it. */
  sealed interface Verdict {
    record Kept() implements Verdict {}

    record NotApplicable(String reason) implements Verdict {}

    record Broken(String row) implements Verdict {}
  }

  private static final Set<String> SUPPORTED =
      Set.of(
          "ACCOUNT_NAMING_SUPPORTED",
          "NEGOTIATED_PRICING_SUPPORTED",
          "PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED",
          "PUBLIC_PRICE_LIST_SUPPORTED",
          "REGION_SUPPORTED",
          "SUB_ACCOUNT_SUPPORTED",
          "TAGGING_SUPPORTED",
          "UNIT_PRICING_SUPPORTED",
          "USAGE_MEASUREMENT_SUPPORTED");

  /** Rules whose machine-readable form is not what their text says. */
  private static final Map<String, String> MISWRITTEN =
      Map.of(
          "InvoiceId-C-004-C",
          "the model gives no condition for a rule that its text makes conditional, and InvoiceId-C-005-C says the opposite",
          "InvoiceId-C-005-C",
          "the model gives no condition for a rule that its text makes conditional, and InvoiceId-C-004-C says the opposite",
          "PricingQuantity-C-008-M",
          "the model refuses null, which PricingQuantity-C-007-O permits for charges that are no usage",
          "ConsumedQuantity-C-006-C",
          "the model has the condition of ConsumedQuantity-C-007-C, which says the opposite");

  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE]-?\\d+)?");
  private static final Pattern UNIT = Pattern.compile("(\\d+ )?[A-Z][A-Za-z]*( [A-Z][a-z]+)?");
  private static final BigDecimal TOLERANCE = new BigDecimal("0.000000000001");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonNode rules;

  FocusRules() throws IOException {
    try (InputStream file = FocusRules.class.getResourceAsStream("/focus/rules-1.2.json")) {
      this.rules = JSON.readTree(file);
    }
  }

  /** A verdict on every rule. */
  SortedMap<String, Verdict> judge(List<Map<String, String>> rows) {
    SortedMap<String, Verdict> verdicts = new TreeMap<>();
    rules
        .properties()
        .forEach(rule -> verdicts.put(rule.getKey(), judge(rule.getKey(), rule.getValue(), rows)));
    return verdicts;
  }

  private Verdict judge(String id, JsonNode rule, List<Map<String, String>> rows) {
    Set<String> columns = rows.get(0).keySet();
    for (JsonNode criterion : rule.path("criteria")) {
      if (!SUPPORTED.contains(criterion.asText())) {
        return new Verdict.NotApplicable("not offered here: " + criterion.asText());
      }
    }
    if (rule.path("function").asText().equals("Composite")) {
      return new Verdict.NotApplicable("only joins other rules, which are tried themselves");
    }
    if (rule.path("type").asText().equals("Dynamic")) {
      return new Verdict.NotApplicable("has no machine-readable form");
    }
    if (rule.path("keyword").asText().equals("MAY")) {
      return new Verdict.NotApplicable("permits something; nothing can break it");
    }
    if (MISWRITTEN.containsKey(id)) {
      return new Verdict.NotApplicable(MISWRITTEN.get(id));
    }
    JsonNode requirement = rule.path("requirement");
    if (requirement.path("CheckFunction").asText().equals("ColumnPresent")) {
      return columns.contains(requirement.path("ColumnName").asText())
          ? new Verdict.Kept()
          : new Verdict.Broken("the column is missing");
    }
    if (!columns.contains(rule.path("column").asText())) {
      return new Verdict.NotApplicable("about a column of what is not offered here");
    }
    if (requirement.path("CheckFunction").asText().equals("CheckDistinctCount")) {
      return distinct(requirement, rows);
    }
    for (Map<String, String> row : rows) {
      if ((!rule.has("condition") || holds(rule.path("condition"), row))
          && !holds(requirement, row)) {
        return new Verdict.Broken(row.toString());
      }
    }
    return new Verdict.Kept();
  }

  private static Verdict distinct(JsonNode check, List<Map<String, String>> rows) {
    Map<String, Set<String>> seen = new HashMap<>();
    for (Map<String, String> row : rows) {
      String a = row.get(check.path("ColumnAName").asText());
      if (a != null) {
        seen.computeIfAbsent(a, key -> new HashSet<>())
            .add(row.get(check.path("ColumnBName").asText()));
      }
    }
    return seen.entrySet().stream()
        .filter(entry -> entry.getValue().size() != check.path("ExpectedCount").asInt())
        .findFirst()
        .<Verdict>map(entry -> new Verdict.Broken(entry.toString()))
        .orElseGet(Verdict.Kept::new);
  }

  private static boolean holds(JsonNode check, Map<String, String> row) {
    String function = check.path("CheckFunction").asText();
    String value = row.get(check.path("ColumnName").asText());
    return switch (function) {
      case "AND" -> all(check.path("Items"), row);
      case "OR" -> any(check.path("Items"), row);
      case "CheckValue" -> same(value, check.path("Value"));
      case "CheckNotValue" -> !same(value, check.path("Value"));
      case "CheckSameValue" -> sameColumns(check, row);
      case "CheckNotSameValue" -> !sameColumns(check, row);
      case "TypeString", "FormatString" -> value == null || !value.isBlank();
      case "TypeDecimal", "FormatNumeric", "CheckDecimalValue" ->
          value == null || NUMBER.matcher(value).matches();
      case "TypeDateTime", "FormatDateTime" -> value == null || isTime(value);
      case "FormatUnit" -> value == null || UNIT.matcher(value).matches();
      case "FormatCurrency", "CheckNationalCurrency" -> value == null || isCurrency(value);
      case "FormatKeyValue" -> value == null || isFlatObject(value);
      case "CheckGreaterOrEqualThanValue" ->
          value == null || new BigDecimal(value).compareTo(check.path("Value").decimalValue()) >= 0;
      case "ColumnByColumnEqualsColumnValue" -> multiplies(check, row);
      default -> throw new IllegalStateException("unknown check " + function);
    };
  }

  private static boolean all(JsonNode items, Map<String, String> row) {
    for (JsonNode item : items) {
      if (!holds(item, row)) {
        return false;
      }
    }
    return true;
  }

  private static boolean any(JsonNode items, Map<String, String> row) {
    for (JsonNode item : items) {
      if (holds(item, row)) {
        return true;
      }
    }
    return false;
  }

  private static boolean same(String value, JsonNode wanted) {
    if (value == null || wanted.isNull()) {
      return value == null && wanted.isNull();
    }
    return wanted.isNumber()
        ? new BigDecimal(value).compareTo(wanted.decimalValue()) == 0
        : value.equals(wanted.asText());
  }

  private static boolean sameColumns(JsonNode check, Map<String, String> row) {
    String a = row.get(check.path("ColumnAName").asText());
    return a != null && a.equals(row.get(check.path("ColumnBName").asText()));
  }

  private static boolean multiplies(JsonNode check, Map<String, String> row) {
    String a = row.get(check.path("ColumnAName").asText());
    String b = row.get(check.path("ColumnBName").asText());
    String result = row.get(check.path("ResultColumnName").asText());
    return a == null
        || b == null
        || result == null
        || new BigDecimal(a)
                .multiply(new BigDecimal(b), MathContext.DECIMAL128)
                .subtract(new BigDecimal(result))
                .abs()
                .compareTo(TOLERANCE)
            <= 0;
  }

  private static boolean isTime(String value) {
    try {
      return value.endsWith("Z") && value.contains("T") && Instant.parse(value) != null;
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  private static boolean isCurrency(String value) {
    return Currency.getAvailableCurrencies().stream()
        .anyMatch(currency -> currency.getCurrencyCode().equals(value));
  }

  private static boolean isFlatObject(String value) {
    try {
      JsonNode object = JSON.readTree(value);
      return object.isObject()
          && object.properties().stream().noneMatch(entry -> entry.getValue().isContainerNode());
    } catch (IOException e) {
      return false;
    }
  }
}
