package io.dualtrack.local.prices;

import io.dualtrack.local.control.Versions;
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
   * @param to end of the time; null for none
   * @param rates for one token
   */
  static Price record(
      String offering,
      String currency,
      Instant from,
      Instant to,
      SortedMap<PriceField, BigDecimal> rates) {
    Price price =
        Price.newBuilder()
            .setPriceId("")
            .setVersion("")
            .setOffering(offering)
            .setCurrency(currency)
            .setEffectiveFrom(from)
            .setEffectiveTo(to)
            .setRates(RateTable.rates(rates))
            .build();
    Versions.name(price);
    return price;
  }

  /** A price with one rate set, and what that changes. */
  public record Amended(Price price, List<RateChange> changes, Optional<Instant> takenOverAt) {}

  /**
   * The price that is in force at a time, with one rate set from then on.
   *
   * @param set its {@code after}, at most 18 decimals and zero or more, is the new rate
   * @return empty where no price is in force then: one rate alone is no price
   */
  public static Optional<Amended> amend(List<Price> published, RateChange set, Instant from) {
    String offering = set.offering();
    return RateTable.inForce(published, offering, from)
        .map(
            base -> {
              SortedMap<PriceField, BigDecimal> rates = RateTable.of(base);
              SortedMap<PriceField, BigDecimal> before = RateTable.of(base);
              rates.put(
                  new PriceField(set.tokenClass(), set.tier(), set.aboveInputTokens()),
                  set.after().setScale(PriceImport.SCALE));
              return new Amended(
                  record(offering, base.getCurrency(), from, base.getEffectiveTo(), rates),
                  RateTable.changes(offering, before, rates),
                  RateTable.takenOver(published, offering, from));
            });
  }
}
