package io.dualtrack.jobs.cost;

import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.schemas.CostRollup;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Adds up the changes of each rollup, and gives its totals with every change. */
final class RollupTotals extends KeyedProcessFunction<String, CostRollup, CostRollup> {

  private static final long serialVersionUID = 1;

  private transient ValueState<CostRollup> total;

  @Override
  public void open(OpenContext context) {
    RecordType<CostRollup> type = RecordType.ofRecord(CostRollup.class);
    total = getRuntimeContext().getState(new ValueStateDescriptor<>("total", type));
  }

  @Override
  public void processElement(CostRollup change, Context context, Collector<CostRollup> out)
      throws Exception {
    CostRollup known = total.value();
    if (known == null) {
      total.update(change);
      out.collect(change);
      return;
    }
    CostRollup sum = CostRollup.newBuilder(known).build();
    Rollups.add(change, sum);
    total.update(sum);
    out.collect(sum);
  }
}
