package io.dualtrack.jobs.abuse;

import java.util.Arrays;
import java.util.Map;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Lets through what several accounts have shown, and says how many. Keyed by a part of the item's
 * hash, so that one small table stands for thousands of items that are seen once.
 *
 * <p>An item that is shared has an HLL of its accounts. Named claims go on while the item has no
 * more accounts than anybody would examine; of a network that is a hub only its number goes on.
 *
 * <p>The up to 18 items of an exchange are each in another place of memory. Keyed state takes a
 * dozen such places for each of them, so what it holds is taken from it when the task begins, and
 * what has changed is given back with every checkpoint. A record has items of several shards. For
 * both a function is not enough: it cannot choose the key.
 */
final class Items extends AbstractStreamOperator<byte[]>
    implements OneInputStreamOperator<byte[], byte[]> {

  static final int SHARDS = 1 << 15;

  private static final long serialVersionUID = 1;

  /** Entries of a shard's table: with all shards 3 million items, 38 MB. */
  private static final int SINGLES = 96;

  /** Shared items of one shard; beyond, those that nobody showed for longest go. */
  private static final int SHARED = 256;

  private static final int USUAL_ITEMS = 64;

  private final AbuseThresholds thresholds;

  private transient ValueState<byte[]> singlesKept;
  private transient MapState<Long, byte[]> sharedKept;

  /** Which of this task's shards each is; below 0 for those of other tasks. */
  private transient int[] ours;

  private transient Singles singles;
  private transient SharedItems shared;
  private transient boolean[] changed;

  /** Of the items of a record: how many accounts each has, and what it is there for. */
  private transient long[] accounts;

  private transient byte[] kinds;
  private transient SharedItems.Counted[] known;
  private transient long fetched;
  private transient Counter lone;
  private transient Counter hubs;

  Items(AbuseThresholds thresholds) {
    this.thresholds = thresholds;
  }

  @Override
  public void open() throws Exception {
    super.open();
    var bytes = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;
    singlesKept = getRuntimeContext().getState(new ValueStateDescriptor<>("singles", bytes));
    sharedKept =
        getRuntimeContext().getMapState(new MapStateDescriptor<>("shared", Types.LONG, bytes));
    changed = new boolean[SHARDS];
    accounts = new long[USUAL_ITEMS];
    kinds = new byte[USUAL_ITEMS];
    known = new SharedItems.Counted[USUAL_ITEMS];
    lone = getMetricGroup().counter("claimsOfOne");
    hubs = getMetricGroup().counter("claimsOfHubs");
    takeAll();
  }

  private void takeAll() throws Exception {
    TaskInfo self = getRuntimeContext().getTaskInfo();
    ours = Routes.of(self).shardsOf(self.getIndexOfThisSubtask());
    int count = Arrays.stream(ours).max().orElse(-1) + 1;
    singles = new Singles(count, SINGLES);
    shared = new SharedItems(count);
    for (int shard = 0; shard < SHARDS; shard++) {
      if (ours[shard] >= 0) {
        take(shard, ours[shard]);
      }
    }
  }

  private void take(int key, int shard) throws Exception {
    setCurrentKey(key);
    byte[] kept = singlesKept.value();
    if (kept != null) {
      singles.read(shard, kept);
    }
    for (Map.Entry<Long, byte[]> each : sharedKept.entries()) {
      shared.read(shard, each.getKey(), each.getValue());
    }
    noteShared(shard);
  }

  private void noteShared(int shard) {
    for (SharedItems.Counted each : shared.all(shard)) {
      singles.addShared(shard, each.item);
    }
  }

  /** The key is chosen when a shard is taken from the state or given back, and not before. */
  @Override
  public void setKeyContextElement1(StreamRecord record) {}

  @Override
  public void processElement(StreamRecord<byte[]> element) throws Exception {
    Claims claims = new Claims(element.getValue());
    int size = claims.size();
    if (size > accounts.length) {
      accounts = new long[size];
      kinds = new byte[size];
      known = new SharedItems.Counted[size];
    }
    for (int i = 0; i < size; i++) {
      fetched += singles.fetch(shard(claims.item(i)), claims.item(i));
    }
    for (int i = 0; i < size; i++) {
      known[i] = shared(claims.item(i));
    }
    for (int i = 0; i < size; i++) {
      fetched += known[i] == null ? 0 : known[i].fetch();
    }
    for (int i = 0; i < size; i++) {
      count(claims, i);
    }
    byte[] told = claims.counted(accounts, kinds);
    if (told != null) {
      output.collect(element.replace(told));
    }
  }

  private void count(Claims claims, int index) throws Exception {
    long item = claims.item(index);
    int shard = shard(item);
    changed[shard] = true;
    accounts[index] = 0;
    kinds[index] = claims.kind(index);
    // Another item of the same exchange may have been the same.
    SharedItems.Counted counted = known[index] == null ? shared(item) : known[index];
    SharedItems.Numbers numbers;
    if (counted != null) {
      numbers = counted.add(claims.account(), claims.time());
    } else if (singles.isShared(shard, item, claims.account())) {
      numbers = share(shard, item, claims.account(), claims.time());
    } else {
      lone.inc();
      return;
    }
    if (isHub(Trait.of(item), numbers.now())) {
      hubs.inc();
      // Others have to learn that it is one, and how large; they need no more names.
      if (numbers.before() < numbers.now() && Long.bitCount(numbers.now() >> 4) == 1) {
        accounts[index] = numbers.now();
        kinds[index] = Claims.COUNTED;
      }
    } else if (kinds[index] != Claims.COUNTED) {
      accounts[index] = numbers.now();
    }
  }

  /** Null where nothing is known of the item, or one account alone has shown it. */
  private SharedItems.Counted shared(long item) {
    int shard = shard(item);
    return singles.mayBeShared(shard, item) ? shared.get(shard, item) : null;
  }

  private int shard(long item) {
    int shard = ours[Claims.shardOf(item)];
    if (shard < 0) {
      throw new IllegalStateException(
          "an item came to a task that does not count it: 'follow accounts' and 'find shared items'"
              + " must have the same parallelism");
    }
    return shard;
  }

  private boolean isHub(Trait trait, long accounts) {
    return trait == Trait.NETWORK
        ? accounts > thresholds.networkAccounts()
        : accounts > thresholds.membersPerItem();
  }

  private SharedItems.Numbers share(int shard, long item, long account, long at) throws Exception {
    shared.add(shard, item, account, at);
    if (shared.size(shard) > SHARED) {
      setCurrentKey(Claims.shardOf(item));
      for (SharedItems.Counted each : shared.makeRoom(shard)) {
        sharedKept.remove(each.item);
      }
      singles.clearShared(shard);
      noteShared(shard);
    }
    return new SharedItems.Numbers(1, 2);
  }

  /** What it keeps stays valid for who restores it: a shard's table, and its shared items. */
  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    for (int key = 0; key < SHARDS; key++) {
      if (ours[key] >= 0 && changed[ours[key]]) {
        changed[ours[key]] = false;
        giveBack(key, ours[key]);
      }
    }
  }

  private void giveBack(int key, int shard) throws Exception {
    setCurrentKey(key);
    singlesKept.update(singles.bytes(shard));
    for (SharedItems.Counted each : shared.all(shard)) {
      if (each.takeChanged()) {
        sharedKept.put(each.item, each.bytes());
      }
    }
  }
}
