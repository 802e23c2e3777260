package io.dualtrack.operations.focus;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;
import java.time.YearMonth;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Adds the ledger rows of one billing month up to charges. What nobody is charged for stays out:
 * answers from the cache or of a call in flight, exchanges without usage, and those that nobody
 * owes; the rollups have what these saved.
 */
public final class FocusSums {

  /** Sums of one charge, in its currency. */
  static final class Sums {
    private long quantity;
    private BigDecimal list = BigDecimal.ZERO;
    private BigDecimal contracted = BigDecimal.ZERO;
    private BigDecimal effective = BigDecimal.ZERO;

    private void add(LedgerEntry row) {
      quantity = Math.addExact(quantity, row.getTokens());
      BigDecimal cost = orZero(row.getCost());
      effective = effective.add(cost);
      // Rows of the first release have one cost only.
      list = list.add(Objects.requireNonNullElse(row.getListCost(), cost));
      contracted = contracted.add(Objects.requireNonNullElse(row.getContractedCost(), cost));
    }

    private boolean isNothing() {
      return quantity == 0
          && list.signum() == 0
          && contracted.signum() == 0
          && effective.signum() == 0;
    }

    /** Tokens, or seconds. */
    long quantity() {
      return quantity;
    }

    BigDecimal list() {
      return list;
    }

    BigDecimal contracted() {
      return contracted;
    }

    BigDecimal effective() {
      return effective;
    }
  }

  private static final Comparator<String> TEXT = Comparator.nullsFirst(Comparator.naturalOrder());
  private static final Comparator<FocusCharge> ORDER =
      Comparator.comparing(FocusCharge::day)
          .thenComparing(FocusCharge::tenant)
          .thenComparing(FocusCharge::costCentre, TEXT)
          .thenComparing(FocusCharge::account)
          .thenComparing(FocusCharge::model)
          .thenComparing(FocusCharge::offering, TEXT)
          .thenComparing(FocusCharge::tokenClass)
          .thenComparing(FocusCharge::tier)
          .thenComparing(FocusCharge::jurisdiction)
          .thenComparing(FocusCharge::price, TEXT)
          .thenComparing(
              FocusCharge::listPerToken, Comparator.nullsFirst(Comparator.naturalOrder()))
          .thenComparing(FocusCharge::chargeClass)
          .thenComparing(FocusCharge::status);

  private final YearMonth month;
  private final Map<FocusCharge, Sums> charges = new HashMap<>();

  /**
   * @param month the billing month, UTC; rows of others are passed over
   */
  public FocusSums(YearMonth month) {
    this.month = month;
  }

  public YearMonth month() {
    return month;
  }

  public void add(LedgerEntry row) {
    if (isCharged(row) && FocusCharge.billed(row).equals(month)) {
      charges.computeIfAbsent(FocusCharge.of(row), charge -> new Sums()).add(row);
    }
  }

  /** How many charges are held, with those that corrections may still take away. */
  public int held() {
    return charges.size();
  }

  private static boolean isCharged(LedgerEntry row) {
    return row.getSource() != AnswerSource.CACHE
        && row.getSource() != AnswerSource.JOINED
        && row.getTokenClass() != TokenClass.NONE
        && !row.getShadow();
  }

  /** The charges that are left after corrections inside the month, in a fixed order. */
  List<Map.Entry<FocusCharge, Sums>> charges() {
    return charges.entrySet().stream()
        .filter(charge -> !charge.getValue().isNothing())
        .sorted(Map.Entry.comparingByKey(ORDER))
        .toList();
  }

  /** How many rows the export has. */
  public long rows() {
    return charges().size();
  }

  /** Tokens that have no price; their charges are in the export at zero, marked as Unpriced. */
  public long unpricedTokens() {
    return charges().stream()
        .filter(charge -> charge.getKey().status() == PriceStatus.UNPRICED)
        .mapToLong(charge -> Math.abs(charge.getValue().quantity()))
        .sum();
  }

  /** What is billed for the month, over all currencies' rows in US dollars. */
  public BigDecimal billed() {
    return charges().stream()
        .map(charge -> charge.getValue().effective())
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static BigDecimal orZero(BigDecimal amount) {
    return amount == null ? BigDecimal.ZERO : amount;
  }
}
