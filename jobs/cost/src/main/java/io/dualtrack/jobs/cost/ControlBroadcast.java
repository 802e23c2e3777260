package io.dualtrack.jobs.cost;

import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.schemas.CostControl;
import io.dualtrack.schemas.MonthClose;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Repricing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReadOnlyBroadcastState;
import org.apache.flink.api.common.typeinfo.Types;

/**
 * The control topics as broadcast state, and the {@link Controls} that a task makes of it.
 *
 * <p>At the start the tables were read whole (seeds), so that no exchange is priced before prices
 * that were published long ago. The stream gives the same records again, older versions of them
 * first: a seed holds until its own record has come, or for so long that it must have.
 */
final class ControlBroadcast {

  /** Control id → record; "past/" + price id + "#" + version → a price record that was replaced. */
  static final MapStateDescriptor<String, CostControl> STATE =
      new MapStateDescriptor<>("controls", Types.STRING, RecordType.ofRecord(CostControl.class));

  private static final String PAST = "past/";
  private static final long SEEDS_HOLD_MS = 60_000;

  private final Map<String, CostControl> seeds = new HashMap<>();
  private final long seedsHoldUntil;
  private Controls controls;

  /**
   * @param now milliseconds of the processing time
   */
  ControlBroadcast(List<CostControl> seeds, long now) {
    seeds.forEach(seed -> this.seeds.put(seed.getId(), seed));
    seedsHoldUntil = now + SEEDS_HOLD_MS;
  }

  Controls controls(ReadOnlyBroadcastState<String, CostControl> state) throws Exception {
    if (controls == null) {
      Map<String, CostControl> current = new HashMap<>();
      List<Price> past = new ArrayList<>();
      for (Map.Entry<String, CostControl> entry : state.immutableEntries()) {
        if (entry.getKey().startsWith(PAST)) {
          past.add((Price) entry.getValue().getRecord());
        } else {
          current.put(entry.getKey(), entry.getValue());
        }
      }
      current.putAll(seeds);
      controls = new Controls(current.values(), past);
    }
    return controls;
  }

  /**
   * @return whether the record says anything new
   */
  boolean put(BroadcastState<String, CostControl> state, CostControl control, long now)
      throws Exception {
    CostControl before = state.get(control.getId());
    if (control.equals(seeds.get(control.getId())) || now > seedsHoldUntil) {
      seeds.remove(control.getId());
    }
    if (control.equals(before) || (control.getRecord() == null && isForEver(before))) {
      return false;
    }
    if (before != null
        && before.getRecord() instanceof Price price
        && !(control.getRecord() instanceof Price next
            && next.getVersion().equals(price.getVersion()))) {
      state.put(PAST + price.getPriceId() + "#" + price.getVersion(), before);
    }
    if (control.getRecord() == null) {
      state.remove(control.getId());
    } else {
      state.put(control.getId(), control);
    }
    controls = null;
    return true;
  }

  /** A closed month stays closed, and what was priced again stays so. */
  private static boolean isForEver(CostControl control) {
    return control == null
        || control.getRecord() instanceof MonthClose
        || control.getRecord() instanceof Repricing;
  }
}
