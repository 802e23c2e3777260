package io.dualtrack.local.prices;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * LiteLLM's {@code model_prices_and_context_window.json}. Its numbers are taken as the decimal text
 * that stands there, {@code 2.5e-07} included, and never become floating point. It knows neither
 * dates nor currencies: its prices are in US dollars, and whoever imports it says from when they
 * hold.
 */
public final class LiteLlmFile {

  /** Entries that are no models. */
  private static final Set<String> NO_MODELS = Set.of("sample_spec", "fallback_generalizations");

  private static final String TIERED = "tiered_pricing";
  private static final String PROVIDER_SPECIFIC = "provider_specific_entry";
  private static final String UPLIFT = "regional_processing_uplift_multiplier_";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  /**
   * Prices of one model.
   *
   * @param rates US dollars for one token
   * @param uplifts factor for processing in a region, by the region's code in capital letters
   * @param left prices that are of no token class or contradict each other, each with the reason
   */
  record Model(
      String key,
      Map<PriceField, BigDecimal> rates,
      Map<String, BigDecimal> uplifts,
      List<String> left) {}

  private final SortedMap<String, Model> models;

  private LiteLlmFile(SortedMap<String, Model> models) {
    this.models = models;
  }

  /**
   * @throws IOException if the file cannot be read, or is not such a file; the message says where
   */
  public static LiteLlmFile read(Path file) throws IOException {
    JsonNode root;
    try (JsonParser parser = JSON.createParser(Files.newBufferedReader(file))) {
      root = JSON.readTree(parser);
    } catch (JacksonException e) {
      throw new IOException(
          "line %d is not JSON: %s"
              .formatted(
                  e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                  e.getOriginalMessage()),
          e);
    }
    if (root == null || !root.isObject()) {
      throw new IOException("it is not LiteLLM's file: an object of models is expected");
    }
    SortedMap<String, Model> models = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      if (!NO_MODELS.contains(entry.getKey()) && entry.getValue().isObject()) {
        models.put(entry.getKey(), model(entry.getKey(), entry.getValue()));
      }
    }
    if (models.isEmpty()) {
      throw new IOException("it is not LiteLLM's file: no model is in it");
    }
    return new LiteLlmFile(models);
  }

  Optional<Model> model(String key) {
    return Optional.ofNullable(models.get(key));
  }

  /** All models by key. */
  SortedMap<String, Model> models() {
    return models;
  }

  private static Model model(String key, JsonNode fields) {
    Map<PriceField, BigDecimal> rates = new LinkedHashMap<>();
    Map<String, BigDecimal> uplifts = new TreeMap<>();
    List<String> left = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      String name = field.getKey();
      if (name.equals(TIERED)) {
        tiers(field.getValue(), rates, left);
      } else if (name.startsWith(UPLIFT) && field.getValue().isNumber()) {
        uplifts.put(
            name.substring(UPLIFT.length()).toUpperCase(Locale.ROOT),
            field.getValue().decimalValue());
      } else if (name.equals(PROVIDER_SPECIFIC)) {
        // Of these only the one region is known to be a factor on the price of tokens.
        JsonNode us = field.getValue().path("us");
        if (us.isNumber()) {
          uplifts.put("US", us.decimalValue());
        }
      } else if (PriceField.isPrice(name)) {
        rate(name, field.getValue(), 0, rates, left);
      }
    }
    reasoning(fields, left);
    return new Model(key, Map.copyOf(rates), Map.copyOf(uplifts), List.copyOf(left));
  }

  private static void rate(
      String name,
      JsonNode value,
      long above,
      Map<PriceField, BigDecimal> rates,
      List<String> left) {
    if (name.equals("output_cost_per_reasoning_token")) {
      // Reasoning is part of the output here; see reasoning().
      return;
    }
    Optional<PriceField> named = PriceField.of(name);
    if (named.isEmpty()) {
      left.add(name + ": no price of a token class");
      return;
    }
    if (!value.isNumber()) {
      left.add(name + ": no number");
      return;
    }
    BigDecimal amount = value.decimalValue();
    if (amount.signum() < 0) {
      left.add(name + ": negative");
      return;
    }
    PriceField field = named.get();
    if (above > 0) {
      field = new PriceField(field.tokenClass(), field.tier(), above);
    }
    BigDecimal known = rates.putIfAbsent(field, amount);
    if (known != null && known.compareTo(amount) != 0) {
      left.add("%s: %s contradicts %s".formatted(name, amount, known));
    }
  }

  /** Ranges of input tokens, each with rates of its own. */
  private static void tiers(JsonNode tiers, Map<PriceField, BigDecimal> rates, List<String> left) {
    for (JsonNode tier : tiers) {
      JsonNode start = tier.path("range").path(0);
      if (!start.isNumber() || !tier.path("range").path(1).isNumber()) {
        left.add(TIERED + ": a range that is not of input tokens");
        continue;
      }
      long above = start.decimalValue().longValue();
      for (Map.Entry<String, JsonNode> field : tier.properties()) {
        if (PriceField.isPrice(field.getKey())) {
          rate(field.getKey(), field.getValue(), above, rates, left);
        }
      }
      reasoning(tier, left);
    }
  }

  private static void reasoning(JsonNode fields, List<String> left) {
    JsonNode reasoning = fields.path("output_cost_per_reasoning_token");
    JsonNode output = fields.path("output_cost_per_token");
    if (reasoning.isNumber()
        && (!output.isNumber() || reasoning.decimalValue().compareTo(output.decimalValue()) != 0)) {
      left.add(
          "output_cost_per_reasoning_token: %s, where other output costs %s; reasoning is not priced apart"
              .formatted(reasoning.asText(), output.asText("nothing")));
    }
  }
}
