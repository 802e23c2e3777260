package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.PriceStatus;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/** Counts ledger rows by what became of them. */
final class RowCounters {

  private final Counter priced;
  private final Counter unpriced;
  private final Counter invalid;

  RowCounters(MetricGroup metrics) {
    priced = metrics.counter("rowsPriced");
    unpriced = metrics.counter("rowsUnpriced");
    invalid = metrics.counter("rowsInvalid");
  }

  void count(LedgerEntry row) {
    if (row.getPriceStatus() == PriceStatus.PRICED) {
      priced.inc();
    } else if (Ledger.isInvalid(row)) {
      invalid.inc();
    } else {
      unpriced.inc();
    }
  }
}
