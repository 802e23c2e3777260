package io.dualtrack.local.command;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** Amounts for the eye; JSON and files have every digit. */
final class Money {

  private static final BigDecimal CENT = new BigDecimal("0.01");

  private Money() {}

  /** US dollars with two decimals; with six below a cent. */
  static String dollars(BigDecimal amount) {
    if (amount == null) {
      return "-";
    }
    boolean small = amount.signum() != 0 && amount.abs().compareTo(CENT) < 0;
    int places = small ? 6 : 2;
    BigDecimal rounded = amount.abs().setScale(places, RoundingMode.HALF_EVEN);
    return (amount.signum() < 0 ? "-$" : "$")
        + String.format(Locale.ROOT, "%,." + places + "f", rounded);
  }

  /** How much less the second amount is than the first, in percent of the first. */
  static String percentLess(BigDecimal first, BigDecimal second) {
    return first.signum() == 0
        ? "-"
        : first
                .subtract(second)
                .movePointRight(2)
                .divide(first, 1, RoundingMode.HALF_EVEN)
                .toPlainString()
            + "%";
  }
}
