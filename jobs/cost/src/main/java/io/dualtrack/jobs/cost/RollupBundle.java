package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Period;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Adds rows up where they are made, and gives one change per rollup and checkpoint: a busy rollup
 * changes with every exchange, and nobody can read totals before the checkpoint that they are
 * committed with.
 *
 * <p>It holds no state: everything is given before a checkpoint's barrier passes. So whoever has
 * seen a control record and then a barrier has every change that was made before that record.
 */
final class RollupBundle extends AbstractStreamOperator<CostRollup>
    implements OneInputStreamOperator<LedgerEntry, CostRollup> {

  private static final long serialVersionUID = 1;

  /** Bounds the memory of many small rollups. */
  private static final int MOST_OPEN = 20_000;

  private transient Map<RollupKey, CostRollup> open;
  private transient StreamRecord<CostRollup> given;

  /** The row before and its rollup: rows of one exchange come one after the other. */
  private transient LedgerEntry last;

  private transient CostRollup ofLast;

  @Override
  public void open() throws Exception {
    super.open();
    open = new HashMap<>();
    given = new StreamRecord<>(null);
  }

  @Override
  public void processElement(StreamRecord<LedgerEntry> element) {
    LedgerEntry row = element.getValue();
    if (last == null || !RollupKey.isSame(row, last)) {
      ofLast = rollup(RollupKey.of(row));
      last = row;
    }
    Rollups.add(row, ofLast);
  }

  private CostRollup rollup(RollupKey key) {
    CostRollup known = open.get(key);
    if (known != null) {
      return known;
    }
    if (open.size() >= MOST_OPEN) {
      flush();
    }
    CostRollup day = Rollups.empty(key, Period.DAY);
    open.put(key, day);
    return day;
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpoint) {
    flush();
  }

  @Override
  public void finish() {
    flush();
  }

  private void flush() {
    Map<String, CostRollup> months = new HashMap<>();
    open.forEach(
        (key, day) -> {
          CostRollup month = Rollups.empty(key, Period.MONTH);
          Rollups.add(day, months.computeIfAbsent(month.getRollupId(), id -> month));
          output.collect(given.replace(day));
        });
    months.values().forEach(month -> output.collect(given.replace(month)));
    open.clear();
    last = null;
  }
}
