package io.dualtrack.jobs.cost;

import java.math.BigDecimal;

/** What tokens of one class cost, or why nobody can say. */
public sealed interface Quote {

  /**
   * @param price id and version of the price record that was applied
   * @param currency of the amount
   * @param amount exact, scale 18, not negative
   */
  record Priced(String price, String currency, BigDecimal amount) implements Quote {}

  /** No price applies to the offering at that time; one may still be published. */
  record NoPrice() implements Quote {}

  /**
   * A price applies, but it has no rate for the token class and tier; a new version may have one.
   *
   * @param currency of the price record
   */
  record NoRate(String currency) implements Quote {}

  /** The count or the rate is no figure to multiply; no later price heals it. */
  record Invalid(String why) implements Quote {}
}
