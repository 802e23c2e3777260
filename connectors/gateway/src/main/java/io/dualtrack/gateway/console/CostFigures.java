package io.dualtrack.gateway.console;

import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Period;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Costs by day as the cost job has rolled them up, of somewhat more than a year; and the months of
 * it, which budgets are held against.
 */
final class CostFigures {

  private static final int DAYS = 400;
  private static final int MOST_ROWS = 300_000;
  private static final int MONTHS = 2;

  /** What costs can be told apart by, by its name in the API. */
  enum Dimension {
    DAY(row -> row.day().toString()),
    TENANT(Row::tenant),
    COST_CENTRE(Row::costCentre),
    MODEL(Row::model),
    OFFERING(Row::offering),
    LANE(Row::lane);

    private final Function<Row, String> value;

    Dimension(Function<Row, String> value) {
      this.value = value;
    }

    static Optional<Dimension> of(String name) {
      return Arrays.stream(values()).filter(each -> each.title().equals(name.strip())).findFirst();
    }

    String title() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** One day of one combination of dimensions, without what the console does not show. */
  private record Row(
      LocalDate day,
      String tenant,
      String costCentre,
      String model,
      String offering,
      String lane,
      Sum sum) {}

  /**
   * Amounts in US dollars.
   *
   * @param unpriced tokens for which there was no price: not free, but unknown
   */
  record Sum(
      long exchanges,
      long tokens,
      long unpriced,
      BigDecimal cost,
      BigDecimal byCache,
      BigDecimal byJoining,
      BigDecimal byBatch,
      BigDecimal byLocal) {

    static final Sum NONE =
        new Sum(
            0,
            0,
            0,
            BigDecimal.ZERO,
            BigDecimal.ZERO,
            BigDecimal.ZERO,
            BigDecimal.ZERO,
            BigDecimal.ZERO);

    Sum plus(Sum other) {
      return new Sum(
          exchanges + other.exchanges,
          tokens + other.tokens,
          unpriced + other.unpriced,
          cost.add(other.cost),
          byCache.add(other.byCache),
          byJoining.add(other.byJoining),
          byBatch.add(other.byBatch),
          byLocal.add(other.byLocal));
    }
  }

  /**
   * @param values of the dimensions that were asked for, in their order
   */
  record Line(List<String> values, Sum sum) {}

  private final Map<String, Row> days = new HashMap<>();
  private final Map<String, CostRollup> months = new HashMap<>();
  private boolean truncated;

  /**
   * @param rollup null where it was withdrawn
   * @param today UTC
   */
  synchronized void put(String key, CostRollup rollup, LocalDate today) {
    if (rollup == null || rollup.getShadow()) {
      days.remove(key);
      months.remove(key);
      return;
    }
    LocalDate start = rollup.getPeriodStart().atOffset(ZoneOffset.UTC).toLocalDate();
    if (rollup.getPeriod() == Period.MONTH) {
      if (!YearMonth.from(start).isBefore(YearMonth.from(today).minusMonths(MONTHS - 1))) {
        keep(months, key, rollup);
      }
    } else if (!start.isBefore(today.minusDays(DAYS))) {
      keep(days, key, row(start, rollup));
    }
  }

  private <V> void keep(Map<String, V> rows, String key, V value) {
    if (rows.size() >= MOST_ROWS && !rows.containsKey(key)) {
      truncated = true;
      return;
    }
    rows.put(key, value);
  }

  private static Row row(LocalDate day, CostRollup rollup) {
    return new Row(
        day,
        rollup.getTenant(),
        orNone(rollup.getCostCentre()),
        rollup.getModel(),
        orNone(rollup.getOffering()),
        rollup.getLane() == null ? "" : rollup.getLane().name(),
        new Sum(
            rollup.getExchanges(),
            rollup.getUncachedInput()
                + rollup.getCacheRead()
                + rollup.getCacheWrite()
                + rollup.getOutput(),
            rollup.getUnpricedTokens(),
            rollup.getCost(),
            orZero(rollup.getSavedByCache()),
            orZero(rollup.getSavedByJoining()),
            orZero(rollup.getSavedByBatch()),
            orZero(rollup.getSavedByLocal())));
  }

  private static String orNone(String text) {
    return text == null ? "" : text;
  }

  private static BigDecimal orZero(BigDecimal amount) {
    return amount == null ? BigDecimal.ZERO : amount;
  }

  /** Whether there were more rows than are held here, so that sums are too small. */
  synchronized boolean isTruncated() {
    return truncated;
  }

  /** Sums of the days from the first to the last, both included, in the order of their values. */
  synchronized List<Line> sums(LocalDate first, LocalDate last, List<Dimension> by) {
    Map<String, Line> sums = new TreeMap<>();
    for (Row row : days.values()) {
      if (row.day().isBefore(first) || row.day().isAfter(last)) {
        continue;
      }
      List<String> values = by.stream().map(each -> each.value.apply(row)).toList();
      sums.merge(
          String.join("\u0000", values),
          new Line(values, row.sum()),
          (a, b) -> new Line(values, a.sum().plus(b.sum())));
    }
    return new ArrayList<>(sums.values());
  }

  synchronized Collection<CostRollup> months() {
    return List.copyOf(months.values());
  }

  /** Months of which there are costs. */
  synchronized List<YearMonth> known() {
    TreeSet<YearMonth> known = new TreeSet<>();
    days.values().forEach(row -> known.add(YearMonth.from(row.day())));
    return List.copyOf(known);
  }
}
