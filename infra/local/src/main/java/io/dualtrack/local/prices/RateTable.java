package io.dualtrack.local.prices;

import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.TierFactor;
import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

  /** What is paid: the record's rates with its factors. */
  static SortedMap<PriceField, BigDecimal> of(Price price) {
    SortedMap<PriceField, BigDecimal> table = sorted();
    BigDecimal factor =
        orOne(price.getRegionalUplift()).multiply(orOne(price.getComplianceFactor()));
    raw(price).forEach((field, amount) -> table.put(field, times(amount, factor)));
    Set<String> own = new HashSet<>();
    table.keySet().forEach(field -> own.add(field.tier()));
    for (TierFactor tier : price.getTierFactors()) {
      if (!own.contains(tier.getTier())) {
        derive(table, tier, raw(price), factor.multiply(tier.getFactor()));
      }
    }
    return table;
  }

  /** The record's rates as they stand there. */
  static SortedMap<PriceField, BigDecimal> raw(Price price) {
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

  /**
   * Adds the rates of a tier that a factor makes of the standard ones, where the table has none.
   *
   * @param factor on the standard rates
   */
  static void derive(
      SortedMap<PriceField, BigDecimal> table,
      TierFactor tier,
      SortedMap<PriceField, BigDecimal> standard,
      BigDecimal factor) {
    standard.forEach(
        (field, amount) -> {
          if (field.tier().equals(PriceField.STANDARD)) {
            table.putIfAbsent(
                new PriceField(field.tokenClass(), tier.getTier(), field.aboveInputTokens()),
                times(amount, factor));
          }
        });
  }

  private static BigDecimal times(BigDecimal amount, BigDecimal factor) {
    return amount.multiply(factor).setScale(PriceImport.SCALE, RoundingMode.HALF_EVEN);
  }

  private static BigDecimal orOne(BigDecimal factor) {
    return factor == null ? BigDecimal.ONE : factor;
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
