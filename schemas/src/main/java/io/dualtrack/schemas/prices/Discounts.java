package io.dualtrack.schemas.prices;

import io.dualtrack.schemas.Discount;
import io.dualtrack.schemas.Lane;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a tenant's contract makes of list prices. */
public final class Discounts {

  private Discounts() {}

  /**
   * The factor on an offering's list price at an instant; the first discount that applies holds.
   *
   * @param offering null where none was used
   * @param lane null where none was used
   */
  public static Optional<BigDecimal> factor(
      List<Discount> contract, String offering, Lane lane, Instant at) {
    for (Discount discount : contract) {
      boolean applies =
          discount.getOffering() == null
              ? lane == Lane.API
              : discount.getOffering().equals(offering);
      if (applies
          && !at.isBefore(discount.getEffectiveFrom())
          && (discount.getEffectiveTo() == null || at.isBefore(discount.getEffectiveTo()))) {
        return Optional.of(discount.getFactor());
      }
    }
    return Optional.empty();
  }
}
