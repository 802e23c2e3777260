package io.dualtrack.local.prices;

import io.dualtrack.review.control.Versions;
import io.dualtrack.schemas.Price;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** Price records made from rates. */
public final class PriceRecords {

  private PriceRecords() {}

  /**
   * A record of what is to be paid. What the record in force says beside its rates stays: its end,
   * what the local lane is held against, and the factors of tiers; uplift and compliance factor do
   * not, because the rates hold them.
   *
   * @param base the record in force; empty for none
   * @param rates for one token, with all factors
   */
  static Price record(
      String offering,
      String currency,
      Instant from,
      Optional<Price> base,
      SortedMap<PriceField, BigDecimal> rates) {
    return named(
        Price.newBuilder()
            .setPriceId("")
            .setVersion("")
            .setOffering(offering)
            .setCurrency(currency)
            .setEffectiveFrom(from)
            .setEffectiveTo(base.map(Price::getEffectiveTo).orElse(null))
            .setRates(RateTable.rates(rates))
            .setTierFactors(base.map(Price::getTierFactors).orElse(List.of()))
            .setReferenceForModel(base.map(Price::getReferenceForModel).orElse(null))
            .build());
  }

  private static Price named(Price price) {
    price.setVersion("");
    Versions.name(price);
    return price;
  }

  /** A price with one rate set, and what that changes. */
  public record Amended(Price price, List<RateChange> changes, Optional<Instant> takenOverAt) {}

  /**
   * The price that is in force at a time, with one rate set from then on.
   *
   * @param set its {@code after}, at most 18 decimals and zero or more, is the new rate, before the
   *     record's uplift and compliance factor
   * @return empty where no price is in force then: one rate alone is no price
   */
  public static Optional<Amended> amend(List<Price> published, RateChange set, Instant from) {
    String offering = set.offering();
    return RateTable.inForce(published, offering, from)
        .map(
            base -> {
              SortedMap<PriceField, BigDecimal> rates = RateTable.raw(base);
              rates.put(
                  new PriceField(set.tokenClass(), set.tier(), set.aboveInputTokens()),
                  set.after().setScale(PriceImport.SCALE));
              Price price =
                  named(
                      Price.newBuilder(base)
                          .setEffectiveFrom(from)
                          .setRates(RateTable.rates(rates))
                          .build());
              return new Amended(
                  price,
                  RateTable.changes(offering, RateTable.of(base), RateTable.of(price)),
                  RateTable.takenOver(published, offering, from));
            });
  }
}
