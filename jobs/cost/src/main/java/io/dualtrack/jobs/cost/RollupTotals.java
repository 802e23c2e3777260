package io.dualtrack.jobs.cost;

import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.schemas.CostRollup;
import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Adds up the changes of each rollup. At most once per interval it gives the rollup's totals, and
 * beside them, as {@link Outputs#CHANGES}, the sum of the changes since the last time: a busy
 * rollup changes with every exchange, and whoever adds up further needs far fewer changes than
 * that.
 */
final class RollupTotals extends KeyedProcessFunction<String, CostRollup, CostRollup> {

  private static final long serialVersionUID = 1;

  private final long intervalMs;

  private transient ValueState<CostRollup> total;
  private transient ValueState<CostRollup> recent;

  RollupTotals(Duration interval) {
    this.intervalMs = interval.toMillis();
  }

  @Override
  public void open(OpenContext context) {
    RecordType<CostRollup> type = RecordType.ofRecord(CostRollup.class);
    total = getRuntimeContext().getState(new ValueStateDescriptor<>("total", type));
    recent = getRuntimeContext().getState(new ValueStateDescriptor<>("recent changes", type));
  }

  @Override
  public void processElement(CostRollup change, Context context, Collector<CostRollup> out)
      throws Exception {
    add(total, change);
    add(recent, change);
    long now = context.timerService().currentProcessingTime();
    context.timerService().registerProcessingTimeTimer((now / intervalMs + 1) * intervalMs);
  }

  @Override
  public void onTimer(long time, OnTimerContext context, Collector<CostRollup> out)
      throws Exception {
    CostRollup changes = recent.value();
    if (changes == null) {
      // A timer that fired late has given them already.
      return;
    }
    out.collect(total.value());
    context.output(Outputs.CHANGES, changes);
    recent.clear();
  }

  private static void add(ValueState<CostRollup> sum, CostRollup change) throws Exception {
    CostRollup known = sum.value();
    sum.update(known == null ? change : Rollups.plus(known, change));
  }
}
