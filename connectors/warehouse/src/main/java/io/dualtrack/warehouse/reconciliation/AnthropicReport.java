package io.dualtrack.warehouse.reconciliation;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.schemas.TokenClass;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;

/**
 * Pages of Anthropic's {@code usage_report/messages} and {@code cost_report}: UTC days, amounts as
 * decimal text in cents.
 */
final class AnthropicReport {

  private static final int CENTS = 2;

  private static final Map<String, TokenClass> KINDS =
      Map.of(
          "uncached_input_tokens", TokenClass.UNCACHED_INPUT,
          "cache_read_input_tokens", TokenClass.CACHE_READ,
          "cache_creation.ephemeral_5m_input_tokens", TokenClass.CACHE_WRITE_5M,
          "cache_creation.ephemeral_1h_input_tokens", TokenClass.CACHE_WRITE_1H,
          "output_tokens", TokenClass.OUTPUT);

  private AnthropicReport() {}

  static void read(JsonNode page, ProviderBill bill) throws IOException {
    boolean last = !page.path("has_more").asBoolean();
    boolean usage = false;
    boolean cost = false;
    for (JsonNode bucket : page.path("data")) {
      LocalDate day = day(bucket);
      for (JsonNode result : bucket.path("results")) {
        if (result.has("amount")) {
          cost = true;
          cost(day, result, bill);
        } else if (result.has("uncached_input_tokens")) {
          usage = true;
          usage(day, result, bill);
        } else {
          throw new IOException("a result of %s that is neither usage nor cost".formatted(day));
        }
      }
    }
    if (usage) {
      bill.usagePage(last);
    }
    if (cost) {
      bill.costPage(last);
    }
  }

  private static LocalDate day(JsonNode bucket) throws IOException {
    try {
      Instant start = Instant.parse(bucket.path("starting_at").asText());
      Instant end = Instant.parse(bucket.path("ending_at").asText());
      LocalDate day = LocalDate.ofInstant(start, ZoneOffset.UTC);
      if (end.isAfter(day.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC))) {
        throw new IOException(
            "the bucket of %s is longer than a day; ask for bucket_width=1d".formatted(start));
      }
      return day;
    } catch (DateTimeException e) {
      throw new IOException("a bucket without starting_at and ending_at", e);
    }
  }

  private static void cost(LocalDate day, JsonNode result, ProviderBill bill) throws IOException {
    BigDecimal amount;
    try {
      amount = new BigDecimal(result.path("amount").asText()).movePointLeft(CENTS);
    } catch (NumberFormatException e) {
      throw new IOException("a cost of %s whose amount is no number".formatted(day), e);
    }
    ProviderBill.requireDollars(result.path("currency").asText());
    TokenClass tokenClass = KINDS.get(result.path("token_type").asText());
    if (tokenClass == null || !result.path("model").isTextual()) {
      bill.other(day, result.path("description").asText("no description"), amount);
      return;
    }
    bill.cost(
        ProviderBill.key(day, result.path("model").asText(), tokenClass, tier(result)), amount);
  }

  private static void usage(LocalDate day, JsonNode result, ProviderBill bill) throws IOException {
    if (!result.path("model").isTextual()) {
      throw new IOException("usage of %s without a model; ask for group_by[]=model".formatted(day));
    }
    String model = result.path("model").asText();
    for (Map.Entry<String, TokenClass> kind : KINDS.entrySet()) {
      JsonNode tokens = result.at("/" + kind.getKey().replace('.', '/'));
      bill.tokens(ProviderBill.key(day, model, kind.getValue(), tier(result)), tokens.longValue());
    }
  }

  private static String tier(JsonNode result) {
    String tier = result.path("service_tier").asText("standard");
    return tier.equals("batch") || tier.equals("priority") ? tier : "standard";
  }
}
