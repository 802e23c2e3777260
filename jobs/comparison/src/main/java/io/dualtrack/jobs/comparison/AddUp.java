package io.dualtrack.jobs.comparison;

import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.schemas.ShadowQuality;
import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * The counts of a tenant's task and two offerings over the last days. Told at most once a second,
 * so that many pairs at once are one record.
 */
final class AddUp extends KeyedProcessFunction<String, ShadowQuality, ShadowQuality> {

  private static final long serialVersionUID = 1;
  private static final long EVERY_MILLIS = 1_000;

  private transient ValueState<ShadowQuality> known;

  @Override
  public void open(OpenContext context) {
    ValueStateDescriptor<ShadowQuality> descriptor =
        new ValueStateDescriptor<>("quality", RecordType.ofRecord(ShadowQuality.class));
    // A day more than is kept: whatever is older has no day left.
    descriptor.enableTimeToLive(
        StateTtlConfig.newBuilder(Duration.ofDays(Quality.DAYS + 1L)).build());
    known = getRuntimeContext().getState(descriptor);
  }

  @Override
  public void processElement(ShadowQuality pair, Context context, Collector<ShadowQuality> out)
      throws Exception {
    ShadowQuality before = known.value();
    known.update(before == null ? pair : Quality.sum(before, pair));
    long now = context.timerService().currentProcessingTime();
    context.timerService().registerProcessingTimeTimer((now / EVERY_MILLIS + 1) * EVERY_MILLIS - 1);
  }

  @Override
  public void onTimer(long at, OnTimerContext context, Collector<ShadowQuality> out)
      throws Exception {
    ShadowQuality sum = known.value();
    if (sum != null) {
      out.collect(Quality.withFigures(sum));
    }
  }
}
