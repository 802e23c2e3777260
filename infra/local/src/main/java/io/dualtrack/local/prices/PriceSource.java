package io.dualtrack.local.prices;

import io.dualtrack.schemas.Offering;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an offering's price stands in LiteLLM's file.
 *
 * @param key the model's key there
 * @param uplift factor for processing in a named region; 1 for none
 * @param factor every other factor on the file's prices, as that of a compliance tier; 1 for none
 */
public record PriceSource(String key, BigDecimal uplift, BigDecimal factor) {

  private static final Pattern REFERENCE =
      Pattern.compile(
          "LiteLLM [^,]*, (\\S+?)( with the regional uplift of (\\d+(?:\\.\\d+)?))?(, times the tier factor)?");

  /**
   * The source that an offering's price reference names; empty where it names none, or a tier
   * factor that the offering does not have.
   */
  public static Optional<PriceSource> of(Offering offering) {
    String reference = offering.getPriceReference();
    if (reference == null) {
      return Optional.empty();
    }
    Matcher matcher = REFERENCE.matcher(reference);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    boolean times = matcher.group(4) != null;
    if (times && offering.getTierPriceFactor() == null) {
      return Optional.empty();
    }
    return Optional.of(
        new PriceSource(
            matcher.group(1),
            matcher.group(3) == null ? BigDecimal.ONE : new BigDecimal(matcher.group(3)),
            times ? offering.getTierPriceFactor() : BigDecimal.ONE));
  }

  /** The factor on every rate of the file. */
  BigDecimal multiplier() {
    return uplift.multiply(factor);
  }
}
