package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All known prices, as of one moment. Where several price records of an offering cover an instant,
 * the one that came into effect last is in force: a temporary price goes over a standing one, and
 * the standing one returns when it ends.
 */
public final class PriceBook {

  /** Decimals of every amount of money on a topic. */
  public static final int SCALE = 18;

  /** Digits of every amount of money on a topic. */
  private static final int PRECISION = 38;

  /**
   * More tokens than any exchange can have by a factor of a hundred; a count above it is an error
   * of whoever counted.
   */
  public static final long MOST_TOKENS = 1_000_000_000L;

  private static final Comparator<Price> LATEST_FIRST =
      Comparator.comparing(Price::getEffectiveFrom)
          .thenComparing(Price::getVersion)
          .thenComparing(Price::getPriceId)
          .reversed();

  private final Map<String, List<Price>> byOffering;

  private PriceBook(Map<String, List<Price>> byOffering) {
    this.byOffering = byOffering;
  }

  /**
   * @param prices one record per price id
   */
  public static PriceBook of(Iterable<Price> prices) {
    Map<String, List<Price>> byOffering = new HashMap<>();
    for (Price price : prices) {
      byOffering.computeIfAbsent(price.getOffering(), id -> new ArrayList<>()).add(price);
    }
    byOffering.values().forEach(list -> list.sort(LATEST_FIRST));
    return new PriceBook(byOffering);
  }

  /**
   * What stands in the book for a price record that was deleted: a price of nothing for no time.
   *
   * @param priceId of the deleted record
   */
  public static Price withdrawn(String priceId) {
    return new Price(priceId, "", "", "", Instant.EPOCH, Instant.EPOCH, List.of());
  }

  /**
   * The price of tokens of one class in one exchange.
   *
   * @param offering that was used; null where the exchange names none
   * @param tier standard, batch, flex or priority
   * @param tokens of the class
   * @param input tokens of the exchange's whole input, which selects among context thresholds
   * @param at when the tokens were used
   */
  public Quote quote(
      String offering, String tier, TokenClass tokenClass, long tokens, long input, Instant at) {
    if (tokens < 0 || tokens > MOST_TOKENS) {
      return new Quote.Invalid("token count out of range: " + tokens);
    }
    if (offering == null) {
      return new Quote.Invalid("tokens without an offering");
    }
    Optional<Price> price = inForce(offering, at);
    if (price.isEmpty()) {
      return new Quote.NoPrice();
    }
    Optional<Rate> rate = rate(price.get(), tier, tokenClass, input);
    if (rate.isEmpty()) {
      return new Quote.NoRate(price.get().getCurrency());
    }
    return amount(price.get(), rate.get(), tokens);
  }

  private Optional<Price> inForce(String offering, Instant at) {
    return byOffering.getOrDefault(offering, List.of()).stream()
        .filter(price -> !at.isBefore(price.getEffectiveFrom()))
        .filter(price -> price.getEffectiveTo() == null || at.isBefore(price.getEffectiveTo()))
        .findFirst();
  }

  private static Optional<Rate> rate(Price price, String tier, TokenClass tokenClass, long input) {
    return price.getRates().stream()
        .filter(rate -> rate.getTokenClass().equals(tokenClass.name()))
        .filter(rate -> rate.getTier().equals(tier))
        .filter(rate -> rate.getAboveInputTokens() <= 0 || input > rate.getAboveInputTokens())
        .max(Comparator.comparingLong(Rate::getAboveInputTokens));
  }

  private static Quote amount(Price price, Rate rate, long tokens) {
    String reference = price.getPriceId() + "#" + price.getVersion();
    BigDecimal perToken = rate.getPerToken();
    if (perToken.signum() < 0) {
      return new Quote.Invalid("negative rate in price " + reference);
    }
    BigDecimal amount = perToken.multiply(BigDecimal.valueOf(tokens));
    if (amount.stripTrailingZeros().scale() > SCALE) {
      return new Quote.Invalid("rate with more than 18 decimals in price " + reference);
    }
    BigDecimal scaled = amount.setScale(SCALE, RoundingMode.UNNECESSARY);
    if (scaled.precision() > PRECISION) {
      return new Quote.Invalid("amount with more than 20 digits by price " + reference);
    }
    return new Quote.Priced(reference, price.getCurrency(), scaled);
  }
}
