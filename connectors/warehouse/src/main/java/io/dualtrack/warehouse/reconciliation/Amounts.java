package io.dualtrack.warehouse.reconciliation;

import java.math.BigDecimal;

/**
 * One side of a line.
 *
 * @param tokens null where this side does not say
 * @param cost US dollars; null where this side does not say
 */
public record Amounts(Long tokens, BigDecimal cost) {

  static final Amounts NOTHING = new Amounts(null, null);

  Amounts plusTokens(long more) {
    return new Amounts(tokens == null ? more : Math.addExact(tokens, more), cost);
  }

  Amounts plusCost(BigDecimal more) {
    return new Amounts(tokens, cost == null ? more : cost.add(more));
  }

  boolean isZero() {
    return (tokens == null || tokens == 0) && (cost == null || cost.signum() == 0);
  }
}
