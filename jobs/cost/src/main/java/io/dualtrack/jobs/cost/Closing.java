package io.dualtrack.jobs.cost;

import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.schemas.ClosedMonth;
import io.dualtrack.schemas.CostControl;
import io.dualtrack.schemas.MonthClose;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Says when a month has all its rows. One task.
 *
 * <p>Every task hears of a close before the barrier that follows it, and books nothing into the
 * month from then on. So with that checkpoint complete, all the month's rows are on the ledger and
 * in the totals: the month is drained, and what its own endpoints cost is shared out. With the next
 * one those rows are there too: the month is closed.
 */
final class Closing extends AbstractStreamOperator<ClosedMonth>
    implements OneInputStreamOperator<CostControl, ClosedMonth> {

  private static final long serialVersionUID = 1;

  /** Months that are drained: their ordinary rows are complete. */
  static final OutputTag<ClosedMonth> DRAINED =
      new OutputTag<>("drained months", RecordType.ofRecord(ClosedMonth.class));

  private enum Phase {
    ASKED,
    PASSED,
    DRAINED,
    SETTLED,
    CLOSED
  }

  private transient Map<String, ClosedMonth> months;
  private transient Map<String, Phase> phases;
  private transient ListState<ClosedMonth> monthState;
  private transient ListState<String> phaseState;

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    months = new TreeMap<>();
    phases = new TreeMap<>();
    monthState =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>("months", RecordType.ofRecord(ClosedMonth.class)));
    phaseState =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("phases", Types.STRING));
    for (ClosedMonth month : monthState.get()) {
      months.put(month.getMonth(), month);
    }
    for (String phase : phaseState.get()) {
      int cut = phase.indexOf('=');
      phases.put(phase.substring(0, cut), Phase.valueOf(phase.substring(cut + 1)));
    }
  }

  @Override
  public void processElement(StreamRecord<CostControl> element) {
    if (element.getValue().getRecord() instanceof MonthClose close) {
      ClosedMonth asked =
          new ClosedMonth(
              close.getMonth(), close.getClosedAt(), close.getClosedAt(), close.getActor());
      if (months.putIfAbsent(close.getMonth(), asked) == null) {
        phases.put(close.getMonth(), Phase.ASKED);
      }
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    phases.replaceAll(
        (month, phase) ->
            switch (phase) {
              case ASKED -> Phase.PASSED;
              case DRAINED -> Phase.SETTLED;
              case PASSED, SETTLED, CLOSED -> phase;
            });
    monthState.update(months.values().stream().toList());
    phaseState.update(
        phases.entrySet().stream().map(each -> each.getKey() + "=" + each.getValue()).toList());
  }

  /** What is given here comes behind the barrier of the completed checkpoint everywhere. */
  @Override
  public void notifyCheckpointComplete(long checkpoint) throws Exception {
    super.notifyCheckpointComplete(checkpoint);
    phases.replaceAll(
        (month, phase) -> {
          if (phase == Phase.PASSED) {
            output.collect(DRAINED, new StreamRecord<>(months.get(month)));
            return Phase.DRAINED;
          }
          if (phase == Phase.SETTLED) {
            Instant now =
                Instant.ofEpochMilli(getProcessingTimeService().getCurrentProcessingTime());
            months.get(month).setClosedAt(now);
            output.collect(new StreamRecord<>(months.get(month)));
            return Phase.CLOSED;
          }
          return phase;
        });
  }
}
