package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.Budget;
import io.dualtrack.schemas.BudgetAction;
import io.dualtrack.schemas.BudgetAlert;
import io.dualtrack.schemas.CostControl;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.prices.PriceBook;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Adds up what each tenant and each of its cost centres spends in a month, and alerts once per
 * budget, threshold and month when that share of the budget is reached. Hard budgets are alerted
 * about where they are kept, in the topology, which knows what is reserved too.
 */
final class BudgetWatch
    extends KeyedBroadcastProcessFunction<String, CostRollup, CostControl, BudgetAlert> {

  private static final long serialVersionUID = 1;
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
  private static final List<Integer> MONTHLY_PERCENTS = List.of(80, 100);

  /** The month of now and the two before it, for exchanges and corrections that come late. */
  private static final int MONTHS_KEPT = 3;

  /** Month + "|" + cost centre, or nothing for the whole tenant → spend. */
  private static final MapStateDescriptor<String, BigDecimal> SPENT =
      new MapStateDescriptor<>("spent", Types.STRING, Types.BIG_DEC);

  /** The same key → highest threshold that was alerted. */
  private static final MapStateDescriptor<String, Integer> ALERTED =
      new MapStateDescriptor<>("alerted", Types.STRING, Types.INT);

  private transient MapState<String, BigDecimal> spent;
  private transient MapState<String, Integer> alerted;
  private transient Counter alerts;

  @Override
  public void open(OpenContext context) {
    spent = getRuntimeContext().getMapState(SPENT);
    alerted = getRuntimeContext().getMapState(ALERTED);
    alerts = getRuntimeContext().getMetricGroup().counter("budgetAlerts");
  }

  /** A change of a month's rollup. */
  @Override
  public void processElement(CostRollup change, ReadOnlyContext context, Collector<BudgetAlert> out)
      throws Exception {
    YearMonth month = Controls.month(change.getPeriodStart());
    add(key(month, null), change.getCost());
    if (change.getCostCentre() != null) {
      add(key(month, change.getCostCentre()), change.getCost());
    }
    forgetOldMonths();
    CostControl control =
        context.getBroadcastState(ControlBroadcast.STATE).get(ControlTopics.id(change.getTenant()));
    if (control != null && control.getRecord() instanceof Tenant tenant) {
      check(tenant, month, context.timerService().currentProcessingTime(), out);
    }
  }

  @Override
  public void processBroadcastElement(
      CostControl control, Context context, Collector<BudgetAlert> out) throws Exception {
    if (!(control.getRecord() instanceof Tenant tenant)) {
      return;
    }
    boolean isNew = !context.getBroadcastState(ControlBroadcast.STATE).contains(control.getId());
    context.getBroadcastState(ControlBroadcast.STATE).put(control.getId(), control);
    long now = context.currentProcessingTime();
    context.applyToKeyedState(
        SPENT,
        (id, months) -> {
          if (id.equals(tenant.getId())) {
            TreeSet<YearMonth> known = months();
            // A budget that changes is no news about months that are over.
            for (YearMonth month : isNew || known.isEmpty() ? known : List.of(known.last())) {
              check(tenant, month, now, out);
            }
          }
        });
  }

  private void add(String key, BigDecimal change) throws Exception {
    BigDecimal known = spent.get(key);
    spent.put(key, known == null ? change : known.add(change));
  }

  private void check(Tenant tenant, YearMonth month, long now, Collector<BudgetAlert> out)
      throws Exception {
    for (Budget budget : budgets(tenant)) {
      String key = key(month, budget.getCostCentre());
      BigDecimal spend = spent.get(key);
      if (spend == null || budget.getAmount().signum() <= 0) {
        continue;
      }
      for (int percent : budget.getAlertPercents().stream().sorted().toList()) {
        String mark = key + "|" + budget.getAmount().stripTrailingZeros().toPlainString();
        Integer before = alerted.get(mark);
        boolean reached =
            spend
                    .multiply(HUNDRED)
                    .compareTo(budget.getAmount().multiply(BigDecimal.valueOf(percent)))
                >= 0;
        if (reached && (before == null || before < percent)) {
          alerted.put(mark, percent);
          alerts.inc();
          out.collect(alert(tenant.getId(), budget, month, percent, spend, now));
        }
      }
    }
  }

  private static List<Budget> budgets(Tenant tenant) {
    List<Budget> budgets = new ArrayList<>(tenant.getBudgets());
    budgets.removeIf(Budget::getHard);
    if (tenant.getMonthlyBudget() != null) {
      budgets.add(
          new Budget(
              null, tenant.getMonthlyBudget(), MONTHLY_PERCENTS, false, BudgetAction.REFUSE));
    }
    return budgets;
  }

  private static BudgetAlert alert(
      String tenant, Budget budget, YearMonth month, int percent, BigDecimal spend, long now) {
    BudgetAlert alert = new BudgetAlert();
    String centre = budget.getCostCentre() == null ? "" : "/" + budget.getCostCentre();
    alert.setAlertId(tenant + centre + "/" + month.atDay(1) + "/" + percent);
    alert.setTenant(tenant);
    alert.setCostCentre(budget.getCostCentre());
    alert.setPeriod(Period.MONTH);
    alert.setPeriodStart(Controls.start(month));
    alert.setCurrency(PriceBook.CURRENCY);
    alert.setBudget(budget.getAmount());
    alert.setSpent(spend);
    alert.setThresholdPercent(percent);
    alert.setRaisedAt(Instant.ofEpochMilli(now));
    return alert;
  }

  private void forgetOldMonths() throws Exception {
    TreeSet<YearMonth> months = months();
    if (months.size() <= MONTHS_KEPT) {
      return;
    }
    YearMonth old = months.first();
    forget(spent, old);
    forget(alerted, old);
  }

  private static void forget(MapState<String, ?> state, YearMonth month) throws Exception {
    List<String> keys = new ArrayList<>();
    for (String key : state.keys()) {
      if (key.startsWith(month + "|")) {
        keys.add(key);
      }
    }
    for (String key : keys) {
      state.remove(key);
    }
  }

  private TreeSet<YearMonth> months() throws Exception {
    TreeSet<YearMonth> months = new TreeSet<>();
    for (Map.Entry<String, BigDecimal> entry : spent.entries()) {
      months.add(YearMonth.parse(entry.getKey().substring(0, entry.getKey().indexOf('|'))));
    }
    return months;
  }

  private static String key(YearMonth month, String costCentre) {
    return month + "|" + (costCentre == null ? "" : costCentre);
  }
}
