package io.dualtrack.warehouse.reconciliation;

import io.dualtrack.schemas.TokenClass;
import java.time.LocalDate;
import java.util.Comparator;

/**
 * What a bill and the ledger are matched on.
 *
 * @param day UTC
 * @param model as the provider names it, without the date of a snapshot
 * @param tier standard, batch, flex or priority
 */
public record BillKey(LocalDate day, String model, TokenClass tokenClass, String tier)
    implements Comparable<BillKey> {

  private static final Comparator<BillKey> ORDER =
      Comparator.comparing(BillKey::day)
          .thenComparing(BillKey::model)
          .thenComparing(BillKey::tokenClass)
          .thenComparing(BillKey::tier);

  @Override
  public int compareTo(BillKey other) {
    return ORDER.compare(this, other);
  }
}
