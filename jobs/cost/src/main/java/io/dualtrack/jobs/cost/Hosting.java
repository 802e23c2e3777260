package io.dualtrack.jobs.cost;

import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.schemas.ClosedMonth;
import io.dualtrack.schemas.CostAllocation;
import io.dualtrack.schemas.CostControl;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.SelfHostedCost;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.types.Either;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Keeps what endpoints of our own served and cost, and shares their months out. All of them are
 * under one key: they are few, and what comes here is added up already.
 */
final class Hosting
    extends KeyedCoProcessFunction<
        String, CostRollup, Either<CostControl, ClosedMonth>, LedgerEntry> {

  private static final long serialVersionUID = 1;

  static final OutputTag<CostAllocation> STANDINGS =
      new OutputTag<>("allocations", RecordType.ofRecord(CostAllocation.class));

  /** Hosting id + "|" + rollup id → the month's totals. */
  private transient MapState<String, CostRollup> served;

  /** Hosting id → cost. */
  private transient MapState<String, SelfHostedCost> costs;

  /** Hosting ids that are final. */
  private transient MapState<String, Boolean> settled;

  @Override
  public void open(OpenContext context) {
    served =
        getRuntimeContext()
            .getMapState(
                new MapStateDescriptor<>(
                    "served", Types.STRING, RecordType.ofRecord(CostRollup.class)));
    costs =
        getRuntimeContext()
            .getMapState(
                new MapStateDescriptor<>(
                    "costs", Types.STRING, RecordType.ofRecord(SelfHostedCost.class)));
    settled =
        getRuntimeContext()
            .getMapState(new MapStateDescriptor<>("settled", Types.STRING, Types.BOOLEAN));
  }

  /** A change of a month's rollup of the local lane, without corrections of earlier months. */
  @Override
  public void processElement1(CostRollup change, Context context, Collector<LedgerEntry> out)
      throws Exception {
    String hosting = change.getOffering() + "@" + Controls.month(change.getPeriodStart());
    String key = hosting + "|" + change.getRollupId();
    CostRollup known = served.get(key);
    if (known == null) {
      served.put(key, change);
    } else {
      CostRollup sum = CostRollup.newBuilder(known).build();
      Rollups.add(change, sum);
      served.put(key, sum);
    }
    SelfHostedCost cost = costs.get(hosting);
    if (cost != null && !settled.contains(hosting)) {
      context.output(STANDINGS, Allocation.standing(cost, served(hosting), false));
    }
  }

  @Override
  public void processElement2(
      Either<CostControl, ClosedMonth> news, Context context, Collector<LedgerEntry> out)
      throws Exception {
    if (news.isLeft()) {
      if (news.left().getRecord() instanceof SelfHostedCost cost
          && !settled.contains(cost.getHostingId())) {
        costs.put(cost.getHostingId(), cost);
        context.output(STANDINGS, Allocation.standing(cost, served(cost.getHostingId()), false));
      }
      return;
    }
    List<SelfHostedCost> ending = new ArrayList<>();
    for (SelfHostedCost cost : costs.values()) {
      if (cost.getMonth().equals(news.right().getMonth())) {
        ending.add(cost);
      }
    }
    for (SelfHostedCost cost : ending) {
      settle(cost, context, out);
    }
  }

  private void settle(SelfHostedCost cost, Context context, Collector<LedgerEntry> out)
      throws Exception {
    String hosting = cost.getHostingId();
    if (settled.contains(hosting)) {
      return;
    }
    List<CostRollup> rollups = served(hosting);
    Allocation.rows(cost, rollups).forEach(out::collect);
    context.output(STANDINGS, Allocation.standing(cost, rollups, true));
    settled.put(hosting, true);
    for (CostRollup rollup : rollups) {
      served.remove(hosting + "|" + rollup.getRollupId());
    }
  }

  private List<CostRollup> served(String hosting) throws Exception {
    List<CostRollup> found = new ArrayList<>();
    for (Map.Entry<String, CostRollup> entry : served.entries()) {
      if (entry.getKey().startsWith(hosting + "|")) {
        found.add(entry.getValue());
      }
    }
    return found;
  }
}
