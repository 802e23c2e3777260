package io.dualtrack.schemas.prices;

import io.dualtrack.schemas.PriceProblem;
import java.math.BigDecimal;

/** What tokens of one class cost by the price list, or why nobody can say. */
public sealed interface Quote {

  /**
   * @param price id and version of the price record that was applied
   * @param pricingCurrency of the price record
   * @param currencyRate US dollars for one unit of it on that day; null where it is the US dollar
   * @param perToken in the pricing currency, with all factors
   * @param amount US dollars, scale 18, not negative
   */
  record Priced(
      String price,
      String pricingCurrency,
      BigDecimal currencyRate,
      BigDecimal perToken,
      BigDecimal amount)
      implements Quote {}

  /**
   * @param problem why; see {@link PriceProblem} for what a later record may cure
   */
  record Unpriced(PriceProblem problem) implements Quote {}
}
