package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.BookedRow;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.PriceProblem;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what became of exchanges and rows, so that nothing goes wrong unseen. */
final class BookingMeters {

  private static final Logger LOG = LoggerFactory.getLogger(BookingMeters.class);

  private final Map<PriceProblem, Counter> rows = new EnumMap<>(PriceProblem.class);
  private final Counter corrected;
  private final Counter duplicates;
  private final Counter conflicts;
  private final Counter superseded;
  private final Counter restated;
  private final Counter invalidPrices;
  private final Set<String> known = new HashSet<>();

  BookingMeters(MetricGroup metrics) {
    for (PriceProblem problem : PriceProblem.values()) {
      String name = problem == PriceProblem.NONE ? "rowsPriced" : "rowsUnpriced_" + problem;
      rows.put(problem, metrics.counter(name));
    }
    corrected = metrics.counter("rowsCorrected");
    duplicates = metrics.counter("exchangesDuplicate");
    conflicts = metrics.counter("exchangesConflicting");
    superseded = metrics.counter("exchangesSuperseded");
    restated = metrics.counter("exchangesRestated");
    invalidPrices = metrics.counter("pricesInvalid");
  }

  void count(BookedRow row) {
    rows.get(row.getProblem()).inc();
  }

  void corrected() {
    corrected.inc();
  }

  void duplicate() {
    duplicates.inc();
  }

  void superseded() {
    superseded.inc();
  }

  void restated() {
    restated.inc();
  }

  void conflict(Exchange exchange) {
    conflicts.inc();
    LOG.warn(
        "an exchange came again with other figures and the same revision, and was left out;"
            + " requestId={} tenant={}",
        exchange.getRequestId(),
        exchange.getTenant());
  }

  /** Tells each price record that cannot be right once. */
  void problems(List<String> problems) {
    for (String problem : problems) {
      if (known.add(problem)) {
        invalidPrices.inc();
        LOG.warn("left out a price that cannot be right; price={}", problem);
      }
    }
  }
}
