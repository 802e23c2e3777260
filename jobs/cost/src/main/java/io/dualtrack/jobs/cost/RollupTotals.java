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
 * Adds up the changes of each rollup and gives its totals, at most once per interval: a busy rollup
 * changes with every exchange, and only its last state is of use.
 */
final class RollupTotals extends KeyedProcessFunction<String, CostRollup, CostRollup> {

  private static final long serialVersionUID = 1;

  private final long intervalMs;

  private transient ValueState<CostRollup> total;

  RollupTotals(Duration interval) {
    this.intervalMs = interval.toMillis();
  }

  @Override
  public void open(OpenContext context) {
    total =
        getRuntimeContext()
            .getState(new ValueStateDescriptor<>("total", RecordType.ofRecord(CostRollup.class)));
  }

  @Override
  public void processElement(CostRollup change, Context context, Collector<CostRollup> out)
      throws Exception {
    CostRollup known = total.value();
    total.update(known == null ? change : Rollups.plus(known, change));
    long now = context.timerService().currentProcessingTime();
    context.timerService().registerProcessingTimeTimer((now / intervalMs + 1) * intervalMs);
  }

  @Override
  public void onTimer(long time, OnTimerContext context, Collector<CostRollup> out)
      throws Exception {
    out.collect(total.value());
  }
}
