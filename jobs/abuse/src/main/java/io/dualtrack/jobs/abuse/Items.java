package io.dualtrack.jobs.abuse;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.TgtHllType;
import org.apache.datasketches.memory.Memory;
import org.apache.datasketches.memory.WritableMemory;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Lets through what several accounts have shown, and says how many. Keyed by a part of the item's
 * hash, so that one small table stands for thousands of items that are seen once.
 *
 * <p>An item that is shared has an HLL of its accounts. Named claims go on while the item has no
 * more accounts than anybody would examine; of a network that is a hub only its number goes on.
 */
final class Items extends KeyedProcessFunction<Integer, byte[], byte[]> {

  static final int SHARDS = 1 << 15;

  private static final long serialVersionUID = 1;

  /** Entries of a shard's table: with all shards 3 million items, 38 MB. */
  private static final int SINGLES = 96;

  /** Shared items of one shard; beyond, those that nobody showed for longest go. */
  private static final int SHARED = 256;

  private static final int LG_K = 9;
  private static final int LAST_SEEN_BYTES = 8;

  static {
    SketchLibrary.start();
  }

  private final AbuseThresholds thresholds;

  private transient ValueState<byte[]> singles;
  private transient MapState<Long, byte[]> shared;
  private transient ValueState<Integer> sizes;
  private transient Counter lone;
  private transient Counter hubs;

  Items(AbuseThresholds thresholds) {
    this.thresholds = thresholds;
  }

  @Override
  public void open(OpenContext context) {
    var bytes = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;
    singles = getRuntimeContext().getState(new ValueStateDescriptor<>("singles", bytes));
    shared = getRuntimeContext().getMapState(new MapStateDescriptor<>("shared", Types.LONG, bytes));
    sizes = getRuntimeContext().getState(new ValueStateDescriptor<>("size", Types.INT));
    lone = getRuntimeContext().getMetricGroup().counter("claimsOfOne");
    hubs = getRuntimeContext().getMetricGroup().counter("claimsOfHubs");
  }

  @Override
  public void processElement(byte[] claim, Context context, Collector<byte[]> out)
      throws Exception {
    long item = Bytes.key(claim);
    if (item == 0) {
      out.collect(claim);
      return;
    }
    long account = Claim.account(claim);
    byte[] known = shared.get(item);
    if (known == null) {
      byte[] table = singles.value();
      Singles ofOne = table == null ? Singles.ofSize(SINGLES) : new Singles(table);
      boolean isShared = ofOne.isShared(item, account);
      singles.update(ofOne.bytes());
      if (!isShared) {
        lone.inc();
        return;
      }
    }
    HllSketch accounts = known == null ? new HllSketch(LG_K, TgtHllType.HLL_4) : sketch(known);
    double before = known == null ? 1 : accounts.getEstimate();
    accounts.update(account);
    long estimate = Math.max(2, Math.round(known == null ? 2 : accounts.getEstimate()));
    long at = Claim.at(claim);
    shared.put(item, bytes(known == null ? at : Math.max(lastSeen(known), at), accounts));
    if (known == null) {
      makeRoom();
    }
    if (isHub(Trait.of(item), estimate)) {
      hubs.inc();
      // Others have to learn that it is one, and how large; they need no more names.
      if (Math.round(before) < estimate && Long.bitCount(estimate >> 4) == 1) {
        out.collect(Claim.ofNumber(claim, estimate));
      }
    } else if (Claim.isNamed(claim)) {
      out.collect(Claim.counted(claim, estimate));
    }
  }

  private boolean isHub(Trait trait, long accounts) {
    return trait == Trait.NETWORK
        ? accounts > thresholds.networkAccounts()
        : accounts > thresholds.membersPerItem();
  }

  private void makeRoom() throws Exception {
    int size = sizes.value() == null ? 1 : sizes.value() + 1;
    if (size > SHARED) {
      List<Long> times = new ArrayList<>(size);
      for (byte[] each : shared.values()) {
        times.add(lastSeen(each));
      }
      times.sort(null);
      long oldest = times.get(times.size() / 4);
      List<Long> dropped = new ArrayList<>();
      for (Map.Entry<Long, byte[]> each : shared.entries()) {
        if (lastSeen(each.getValue()) < oldest) {
          dropped.add(each.getKey());
        }
      }
      for (Long item : dropped) {
        shared.remove(item);
      }
      size -= dropped.size();
    }
    sizes.update(size);
  }

  private static long lastSeen(byte[] known) {
    return Memory.wrap(known).getLong(0);
  }

  private static HllSketch sketch(byte[] known) {
    return HllSketch.heapify(
        Memory.wrap(known).region(LAST_SEEN_BYTES, known.length - LAST_SEEN_BYTES));
  }

  private static byte[] bytes(long lastSeen, HllSketch accounts) {
    byte[] sketch = accounts.toCompactByteArray();
    byte[] bytes = new byte[LAST_SEEN_BYTES + sketch.length];
    System.arraycopy(sketch, 0, bytes, LAST_SEEN_BYTES, sketch.length);
    WritableMemory.writableWrap(bytes).putLong(0, lastSeen);
    return bytes;
  }
}
