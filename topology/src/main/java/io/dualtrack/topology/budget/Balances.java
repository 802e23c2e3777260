package io.dualtrack.topology.budget;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Budget;
import io.dualtrack.schemas.BudgetAlert;
import io.dualtrack.schemas.BudgetBalance;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.prices.PriceBook;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * What is spent and reserved, one row for each tenant and one for each of its cost centres.
 *
 * <p>Spend is of a month, and a reservation is not: what is reserved at a month's end is spent in
 * the next one, and must have room there too. So every row is carried over with what it has
 * reserved, and neither month is overrun.
 */
final class Balances {

  private static final String STORE = "budgets";
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

  private final KeyValueStore<String, BudgetBalance> rows;
  private final Set<String> changed = new LinkedHashSet<>();

  Balances(ProcessorContext<?, ?> context) {
    rows = context.getStateStore(STORE);
    // What was changed before a restart was perhaps not told any more.
    try (KeyValueIterator<String, BudgetBalance> all = rows.all()) {
      all.forEachRemaining(row -> changed.add(row.key));
    }
  }

  /** There are few rows, so they are held in memory. */
  static StoreBuilder<?> store(SchemaRegistry registry) {
    return Stores.keyValueStoreBuilder(
        Stores.inMemoryKeyValueStore(STORE),
        Serdes.String(),
        new AvroSerde<>(registry, BudgetBalance.class));
  }

  /** Whether a budget has room for an amount beside all that is spent and reserved. */
  boolean hasRoom(String tenant, Budget budget, BigDecimal amount, Instant at) {
    BudgetBalance row = row(tenant, budget.getCostCentre(), at);
    return used(row).add(amount).compareTo(budget.getAmount()) <= 0;
  }

  /**
   * Adds to the row of a tenant, and to that of a cost centre.
   *
   * @param costCentre null for none
   * @param at when it was spent; of a month that is over nothing is added
   */
  void add(String tenant, String costCentre, BigDecimal spent, BigDecimal reserved, Instant at) {
    add(row(tenant, null, at), spent, reserved, at);
    if (costCentre != null) {
      add(row(tenant, costCentre, at), spent, reserved, at);
    }
  }

  private void add(BudgetBalance row, BigDecimal spent, BigDecimal reserved, Instant at) {
    if (month(at).toString().equals(row.getMonth())) {
      row.setSpent(row.getSpent().add(spent));
    }
    row.setReserved(row.getReserved().add(reserved));
    put(row);
  }

  /**
   * A budget begins in the middle of a month.
   *
   * @param spent in the month as the ledger has it; no less than is known here already
   */
  void open(String tenant, String costCentre, BigDecimal spent, Instant at) {
    BudgetBalance row = row(tenant, costCentre, at);
    if (month(at).toString().equals(row.getMonth())) {
      row.setSpent(row.getSpent().max(spent));
      put(row);
    }
  }

  /** The alerts of thresholds that a budget has reached and was not alerted about this month. */
  List<BudgetAlert> thresholds(String tenant, Budget budget, Instant now) {
    BudgetBalance row = row(tenant, budget.getCostCentre(), now);
    boolean fresh = forAmount(row, budget);
    List<BudgetAlert> alerts = new ArrayList<>();
    for (int percent : new TreeSet<>(budget.getAlertPercents())) {
      boolean reached =
          used(row)
                  .multiply(HUNDRED)
                  .compareTo(budget.getAmount().multiply(BigDecimal.valueOf(percent)))
              >= 0;
      if (reached && percent > row.getAlertedPercent()) {
        row.setAlertedPercent(percent);
        alerts.add(alert(row, budget, Integer.toString(percent), percent, false, now));
      }
    }
    if (fresh || !alerts.isEmpty()) {
      put(row);
    }
    return alerts;
  }

  /** The alert that a budget had no room for a request, if it is the first of the month. */
  List<BudgetAlert> limit(String tenant, Budget budget, Instant now) {
    BudgetBalance row = row(tenant, budget.getCostCentre(), now);
    forAmount(row, budget);
    if (row.getLimitAlerted()) {
      return List.of();
    }
    row.setLimitAlerted(true);
    put(row);
    return List.of(alert(row, budget, "limit", HUNDRED.intValue(), true, now));
  }

  /** Tells each row that was changed since this was called before. */
  void tellChanged(Consumer<BudgetBalance> listener) {
    changed.forEach(key -> listener.accept(rows.get(key)));
    changed.clear();
  }

  static String key(String tenant, String costCentre) {
    return tenant + "|" + Objects.requireNonNullElse(costCentre, "");
  }

  private BudgetBalance row(String tenant, String costCentre, Instant at) {
    BudgetBalance row = rows.get(key(tenant, costCentre));
    if (row == null) {
      row =
          BudgetBalance.newBuilder()
              .setTenant(tenant)
              .setCostCentre(costCentre)
              .setSpent(Owed.NOTHING)
              .setReserved(Owed.NOTHING)
              .build();
    }
    String month = month(at).toString();
    // Months are written so that they sort.
    if (month.compareTo(row.getMonth()) > 0) {
      row.setMonth(month);
      row.setSpent(Owed.NOTHING);
      row.setAlertedPercent(0);
      row.setLimitAlerted(false);
    }
    if (at.isAfter(row.getAt())) {
      row.setAt(at);
    }
    return row;
  }

  private void put(BudgetBalance row) {
    String key = key(row.getTenant(), row.getCostCentre());
    rows.put(key, row);
    changed.add(key);
  }

  /** A budget that was changed is alerted about anew. */
  private static boolean forAmount(BudgetBalance row, Budget budget) {
    if (row.getAlertedAmount() != null
        && row.getAlertedAmount().compareTo(budget.getAmount()) == 0) {
      return false;
    }
    row.setAlertedAmount(budget.getAmount());
    row.setAlertedPercent(0);
    row.setLimitAlerted(false);
    return true;
  }

  private static BigDecimal used(BudgetBalance row) {
    return row.getSpent().add(row.getReserved());
  }

  private static YearMonth month(Instant at) {
    return YearMonth.from(at.atOffset(ZoneOffset.UTC));
  }

  private static BudgetAlert alert(
      BudgetBalance row, Budget budget, String kind, int percent, boolean hard, Instant now) {
    YearMonth month = YearMonth.parse(row.getMonth());
    String id =
        Stream.of(row.getTenant(), row.getCostCentre(), month.atDay(1).toString(), kind)
            .filter(Objects::nonNull)
            .reduce((one, other) -> one + "/" + other)
            .orElseThrow();
    return BudgetAlert.newBuilder()
        .setAlertId(id)
        .setTenant(row.getTenant())
        .setCostCentre(row.getCostCentre())
        .setPeriod(Period.MONTH)
        .setPeriodStart(month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant())
        .setCurrency(PriceBook.CURRENCY)
        .setBudget(budget.getAmount())
        .setSpent(used(row))
        .setReserved(row.getReserved())
        .setThresholdPercent(percent)
        .setHard(hard)
        .setRaisedAt(now)
        .build();
  }
}
