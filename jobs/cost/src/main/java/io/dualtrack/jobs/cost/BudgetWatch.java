package io.dualtrack.jobs.cost;

import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.schemas.BudgetAlert;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.Tenant;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Adds up each tenant's spend of a month and alerts once per threshold and month when it reaches
 * that share of the tenant's budget.
 */
final class BudgetWatch
    extends KeyedBroadcastProcessFunction<String, CostRollup, Tenant, BudgetAlert> {

  private static final long serialVersionUID = 1;
  private static final List<Integer> THRESHOLDS_PERCENT = List.of(80, 100);
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

  /** The month of now and the two before it, for exchanges and corrections that come late. */
  private static final int MONTHS_KEPT = 3;

  static final MapStateDescriptor<String, Tenant> TENANTS =
      new MapStateDescriptor<>("tenants", Types.STRING, RecordType.ofRecord(Tenant.class));

  /** First day of the month → spend. */
  private static final MapStateDescriptor<String, BigDecimal> SPENT =
      new MapStateDescriptor<>("spent", Types.STRING, Types.BIG_DEC);

  /** First day of the month → highest threshold that was alerted. */
  private static final MapStateDescriptor<String, Integer> ALERTED =
      new MapStateDescriptor<>("alerted", Types.STRING, Types.INT);

  private transient MapState<String, BigDecimal> spent;
  private transient MapState<String, Integer> alerted;
  private transient Counter alerts;
  private transient Counter otherCurrency;

  @Override
  public void open(OpenContext context) {
    spent = getRuntimeContext().getMapState(SPENT);
    alerted = getRuntimeContext().getMapState(ALERTED);
    alerts = getRuntimeContext().getMetricGroup().counter("budgetAlerts");
    otherCurrency = getRuntimeContext().getMetricGroup().counter("changesInOtherCurrencies");
  }

  @Override
  public void processElement(CostRollup change, ReadOnlyContext context, Collector<BudgetAlert> out)
      throws Exception {
    if (!change.getCurrency().equals(Ledger.DEFAULT_CURRENCY)) {
      otherCurrency.inc();
      return;
    }
    String month = day(change.getPeriodStart());
    BigDecimal known = spent.get(month);
    spent.put(month, known == null ? change.getCost() : known.add(change.getCost()));
    forgetOldMonths();
    Tenant tenant = context.getBroadcastState(TENANTS).get(change.getTenant());
    if (tenant != null) {
      check(tenant, month, context.timerService().currentProcessingTime(), out);
    }
  }

  @Override
  public void processBroadcastElement(Tenant tenant, Context context, Collector<BudgetAlert> out)
      throws Exception {
    boolean isNew = context.getBroadcastState(TENANTS).get(tenant.getId()) == null;
    context.getBroadcastState(TENANTS).put(tenant.getId(), tenant);
    long now = context.currentProcessingTime();
    context.applyToKeyedState(
        SPENT,
        (id, months) -> {
          if (id.equals(tenant.getId())) {
            List<String> known = sorted(months);
            // A budget that changes is no news about months that are over.
            for (String month : isNew ? known : last(known)) {
              check(tenant, month, now, out);
            }
          }
        });
  }

  private void check(Tenant tenant, String month, long now, Collector<BudgetAlert> out)
      throws Exception {
    BigDecimal budget = tenant.getMonthlyBudget();
    BigDecimal spend = spent.get(month);
    if (budget == null || budget.signum() <= 0 || spend == null) {
      return;
    }
    Integer before = alerted.get(month);
    for (int threshold : THRESHOLDS_PERCENT) {
      boolean isNew = before == null || before < threshold;
      boolean reached =
          spend.multiply(HUNDRED).compareTo(budget.multiply(BigDecimal.valueOf(threshold))) >= 0;
      if (isNew && reached) {
        alerted.put(month, threshold);
        alerts.inc();
        out.collect(alert(tenant.getId(), month, threshold, budget, spend, now));
      }
    }
  }

  private static BudgetAlert alert(
      String tenant, String month, int threshold, BigDecimal budget, BigDecimal spend, long now) {
    return new BudgetAlert(
        tenant + "/" + month + "/" + threshold,
        tenant,
        null,
        Period.MONTH,
        LocalDate.parse(month).atStartOfDay(ZoneOffset.UTC).toInstant(),
        Ledger.DEFAULT_CURRENCY,
        budget,
        spend,
        threshold,
        Instant.ofEpochMilli(now));
  }

  private void forgetOldMonths() throws Exception {
    List<String> months = sorted(spent);
    for (String old : months.subList(0, Math.max(0, months.size() - MONTHS_KEPT))) {
      spent.remove(old);
      alerted.remove(old);
    }
  }

  private static List<String> sorted(MapState<String, BigDecimal> months) throws Exception {
    List<String> sorted = new ArrayList<>();
    months.keys().forEach(sorted::add);
    Collections.sort(sorted);
    return sorted;
  }

  private static List<String> last(List<String> months) {
    return months.subList(Math.max(0, months.size() - 1), months.size());
  }

  private static String day(Instant instant) {
    return LocalDate.ofInstant(instant, ZoneOffset.UTC).toString();
  }
}
