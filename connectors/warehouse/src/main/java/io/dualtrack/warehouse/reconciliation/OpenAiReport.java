package io.dualtrack.warehouse.reconciliation;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.schemas.TokenClass;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pages of OpenAI's {@code /organization/costs} (amounts are JSON numbers, currencies in lower
 * case, one line item for a model and kind of token) and {@code /organization/usage/completions}
 * (input includes what was cached).
 */
final class OpenAiReport {

  private static final Pattern LINE_ITEM =
      Pattern.compile(
          "(?<model>[^,]+?)(?:[ ,]+(?<tier>batch|flex|priority))?,? +(?:(?<tier2>batch|flex|priority) +)?(?<kind>cached input|input|output)",
          Pattern.CASE_INSENSITIVE);

  private static final Map<String, TokenClass> KINDS =
      Map.of(
          "input", TokenClass.UNCACHED_INPUT,
          "cached input", TokenClass.CACHE_READ,
          "output", TokenClass.OUTPUT);

  private OpenAiReport() {}

  static void read(JsonNode page, ProviderBill bill) throws IOException {
    boolean last = !page.path("has_more").asBoolean();
    String kind = page.path("data").findPath("results").path(0).path("object").asText();
    for (JsonNode bucket : page.path("data")) {
      LocalDate day = day(bucket);
      for (JsonNode result : bucket.path("results")) {
        String type = result.path("object").asText();
        if (type.equals("organization.costs.result")) {
          kind = type;
          cost(day, result, bill);
        } else if (type.equals("organization.usage.completions.result")) {
          kind = type;
          usage(day, result, bill);
        } else {
          throw new IOException(
              "a result of the kind '%s'; costs and usage/completions can be read".formatted(type));
        }
      }
    }
    if (kind.equals("organization.costs.result")) {
      bill.costPage(last);
    } else if (kind.equals("organization.usage.completions.result")) {
      bill.usagePage(last);
    }
  }

  private static LocalDate day(JsonNode bucket) throws IOException {
    if (!bucket.path("start_time").isIntegralNumber()) {
      throw new IOException("a bucket without start_time");
    }
    Instant start = Instant.ofEpochSecond(bucket.path("start_time").longValue());
    Instant end = Instant.ofEpochSecond(bucket.path("end_time").longValue());
    LocalDate day = LocalDate.ofInstant(start, ZoneOffset.UTC);
    if (end.isAfter(day.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC))) {
      throw new IOException(
          "the bucket of %s is longer than a day; ask for bucket_width=1d".formatted(start));
    }
    return day;
  }

  private static void cost(LocalDate day, JsonNode result, ProviderBill bill) throws IOException {
    JsonNode amount = result.path("amount");
    if (!amount.path("value").isNumber()) {
      throw new IOException("a cost of %s without amount.value".formatted(day));
    }
    ProviderBill.requireDollars(amount.path("currency").asText());
    String item = result.path("line_item").asText("");
    Matcher matcher = LINE_ITEM.matcher(item);
    if (!matcher.matches()) {
      bill.other(
          day,
          item.isEmpty() ? "no line item; ask for group_by=line_item" : item,
          amount.path("value").decimalValue());
      return;
    }
    String tier = matcher.group("tier") == null ? matcher.group("tier2") : matcher.group("tier");
    bill.cost(
        ProviderBill.key(
            day,
            matcher.group("model"),
            KINDS.get(matcher.group("kind").toLowerCase(Locale.ROOT)),
            tier == null ? "standard" : tier.toLowerCase(Locale.ROOT)),
        amount.path("value").decimalValue());
  }

  private static void usage(LocalDate day, JsonNode result, ProviderBill bill) throws IOException {
    if (!result.path("model").isTextual()) {
      throw new IOException("usage of %s without a model; ask for group_by=model".formatted(day));
    }
    String model = result.path("model").asText();
    String tier = tier(result);
    long input = result.path("input_tokens").longValue();
    long cached = result.path("input_cached_tokens").longValue();
    if (cached > input) {
      throw new IOException("more cached than input tokens on %s for %s".formatted(day, model));
    }
    bill.tokens(ProviderBill.key(day, model, TokenClass.UNCACHED_INPUT, tier), input - cached);
    bill.tokens(ProviderBill.key(day, model, TokenClass.CACHE_READ, tier), cached);
    bill.tokens(
        ProviderBill.key(day, model, TokenClass.OUTPUT, tier),
        result.path("output_tokens").longValue());
  }

  private static String tier(JsonNode result) {
    if (result.path("batch").asBoolean()) {
      return "batch";
    }
    String tier = result.path("service_tier").asText("").toLowerCase(Locale.ROOT);
    return tier.equals("flex") || tier.equals("priority") || tier.equals("batch")
        ? tier
        : "standard";
  }
}
