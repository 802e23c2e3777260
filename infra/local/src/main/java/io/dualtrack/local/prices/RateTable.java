package io.dualtrack.local.prices;

import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The rates of a price by what they are for, and how two of them differ. */
final class RateTable {

  private static final Comparator<PriceField> ORDER =
      Comparator.comparing((PriceField field) -> !field.tier().equals(PriceField.STANDARD))
          .thenComparing(PriceField::tier)
          .thenComparing(PriceField::aboveInputTokens)
          .thenComparing(PriceField::tokenClass);

  private static final Comparator<Price> LATEST =
      Comparator.comparing(Price::getEffectiveFrom)
          .thenComparing(Price::getVersion)
          .thenComparing(Price::getPriceId);

  private RateTable() {}

  /**
   * The price of an offering that is in force at an instant: of those that cover it, the one that
   * began last.
   */
  static Optional<Price> inForce(List<Price> prices, String offering, Instant at) {
    return prices.stream()
        .filter(price -> price.getOffering().equals(offering))
        .filter(price -> !at.isBefore(price.getEffectiveFrom()))
        .filter(price -> price.getEffectiveTo() == null || at.isBefore(price.getEffectiveTo()))
        .max(LATEST);
  }

  /**
   * The first instant after another one at which an already published price takes over; empty for
   * none.
   */
  static Optional<Instant> takenOver(List<Price> prices, String offering, Instant from) {
    return prices.stream()
        .filter(price -> price.getOffering().equals(offering))
        .map(Price::getEffectiveFrom)
        .filter(begin -> begin.isAfter(from))
        .min(Comparator.naturalOrder());
  }

  static SortedMap<PriceField, BigDecimal> of(Price price) {
    SortedMap<PriceField, BigDecimal> table = sorted();
    for (Rate rate : price.getRates()) {
      table.put(
          new PriceField(
              TokenClass.valueOf(rate.getTokenClass()),
              rate.getTier(),
              Math.max(0, rate.getAboveInputTokens())),
          rate.getPerToken());
    }
    return table;
  }

  static SortedMap<PriceField, BigDecimal> sorted() {
    return new TreeMap<>(ORDER);
  }

  static List<Rate> rates(SortedMap<PriceField, BigDecimal> table) {
    List<Rate> rates = new ArrayList<>();
    table.forEach(
        (field, amount) ->
            rates.add(
                Rate.newBuilder()
                    .setTokenClass(field.tokenClass().name())
                    .setTier(field.tier())
                    .setAboveInputTokens(field.aboveInputTokens())
                    .setPerToken(amount.setScale(PriceImport.SCALE))
                    .build()));
    return rates;
  }

  static List<RateChange> changes(
      String offering, Map<PriceField, BigDecimal> before, Map<PriceField, BigDecimal> after) {
    SortedSet<PriceField> all = new TreeSet<>(ORDER);
    all.addAll(before.keySet());
    all.addAll(after.keySet());
    List<RateChange> changes = new ArrayList<>();
    for (PriceField field : all) {
      Optional<BigDecimal> old = Optional.ofNullable(before.get(field));
      Optional<BigDecimal> now = Optional.ofNullable(after.get(field));
      if (old.isEmpty() || now.isEmpty() || old.get().compareTo(now.get()) != 0) {
        changes.add(
            new RateChange(
                offering,
                field.tokenClass(),
                field.tier(),
                field.aboveInputTokens(),
                old.orElse(null),
                now.orElse(null)));
      }
    }
    return changes;
  }
}
