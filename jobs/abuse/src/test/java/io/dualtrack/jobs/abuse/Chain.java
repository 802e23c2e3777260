package io.dualtrack.jobs.abuse;

import io.dualtrack.jobs.runtime.RecordSerializer;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.Exchange;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.storage.JobManagerCheckpointStorage;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;

/** The operators of the job one behind the other, as one task each. */
final class Chain implements AutoCloseable {

  private static final int MOST_BYTES = 512 * 1024 * 1024;

  /** What a checkpoint holds of each operator. */
  record Checkpoint(
      OperatorSubtaskState accounts, OperatorSubtaskState items, OperatorSubtaskState clusters) {}

  private final KeyedOneInputStreamOperatorTestHarness<Long, byte[], byte[]> accounts;
  private final KeyedOneInputStreamOperatorTestHarness<Integer, byte[], byte[]> items;
  private final OneInputStreamOperatorTestHarness<byte[], AbuseAlert> clusters;
  private final List<AbuseAlert> alerts = new ArrayList<>();
  private final List<Tally> tallies = new ArrayList<>();
  private long claims;

  private Chain(AbuseThresholds thresholds, Checkpoint checkpoint) throws Exception {
    accounts =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(new Accounts(thresholds)), Bytes::key, Types.LONG);
    items =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new Items(thresholds), Claims::shard, Types.INT);
    clusters =
        new OneInputStreamOperatorTestHarness<>(new ProcessOperator<>(new Clusters(thresholds)));
    for (AbstractStreamOperatorTestHarness<?> each : List.of(accounts, items, clusters)) {
      each.setCheckpointStorage(new JobManagerCheckpointStorage(MOST_BYTES));
    }
    clusters.setup(new RecordSerializer<>(AbuseAlert.class));
    if (checkpoint != null) {
      accounts.initializeState(checkpoint.accounts());
      items.initializeState(checkpoint.items());
      clusters.initializeState(checkpoint.clusters());
    }
    accounts.open();
    items.open();
    clusters.open();
  }

  static Chain open(AbuseThresholds thresholds) throws Exception {
    return new Chain(thresholds, null);
  }

  static Chain restore(AbuseThresholds thresholds, Checkpoint checkpoint) throws Exception {
    return new Chain(thresholds, checkpoint);
  }

  void process(List<Exchange> exchanges) throws Exception {
    for (Exchange exchange : exchanges) {
      process(exchange);
    }
  }

  void process(Exchange exchange) throws Exception {
    Observation seen = Observe.of(exchange);
    accounts.processElement(Bytes.of(seen::write), 0);
    for (byte[] claimed : accounts.extractOutputValues()) {
      claims += new Claims(claimed).size();
      items.processElement(claimed, 0);
    }
    accounts.getOutput().clear();
    for (byte[] shared : items.extractOutputValues()) {
      clusters.processElement(shared, 0);
    }
    items.getOutput().clear();
    alerts.addAll(clusters.extractOutputValues());
    clusters.getOutput().clear();
    drain(accounts.getSideOutput(Accounts.RELAYS), alerts);
    drain(accounts.getSideOutput(Accounts.TALLIES), tallies);
  }

  private static <T> void drain(java.util.Queue<StreamRecord<T>> from, List<T> to) {
    while (from != null && !from.isEmpty()) {
      to.add(from.poll().getValue());
    }
  }

  Checkpoint checkpoint() throws Exception {
    return new Checkpoint(accounts.snapshot(1, 1), items.snapshot(1, 1), clusters.snapshot(1, 1));
  }

  /** Of a checkpoint of all operators. */
  long stateBytes() throws Exception {
    Checkpoint checkpoint = checkpoint();
    return checkpoint.accounts().getStateSize()
        + checkpoint.items().getStateSize()
        + checkpoint.clusters().getStateSize();
  }

  /** Of them, what the search for clusters keeps. */
  long clusterBytes() throws Exception {
    return checkpoint().clusters().getStateSize();
  }

  List<AbuseAlert> alerts() {
    return alerts;
  }

  List<String> members() {
    return alerts.stream().flatMap(alert -> alert.getAccountsAdded().stream()).toList();
  }

  List<Tally> tallies() {
    return tallies;
  }

  long claims() {
    return claims;
  }

  @Override
  public void close() throws Exception {
    accounts.close();
    items.close();
    clusters.close();
  }
}
