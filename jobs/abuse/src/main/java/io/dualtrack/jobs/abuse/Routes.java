package io.dualtrack.jobs.abuse;

import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.util.Collector;

/**
 * Which of the tasks that count the accounts of items has which shard, so that each of them gets
 * one record of an exchange and not one for each item. It has to be known before a record is made,
 * and Flink tells how many tasks there are of one's own step only: so both steps have as many.
 */
final class Routes {

  private final int tasks;
  private final short[] taskOfShard = new short[Items.SHARDS];

  private Routes(int tasks, int maxTasks) {
    this.tasks = tasks;
    for (int shard = 0; shard < Items.SHARDS; shard++) {
      taskOfShard[shard] =
          (short) KeyGroupRangeAssignment.assignKeyToParallelOperator(shard, maxTasks, tasks);
    }
  }

  static Routes of(TaskInfo self) {
    return new Routes(self.getNumberOfParallelSubtasks(), self.getMaxNumberOfParallelSubtasks());
  }

  /** The number that each shard has among those of a task; -1 for those of others. */
  int[] shardsOf(int task) {
    int[] numbers = new int[Items.SHARDS];
    int next = 0;
    for (int shard = 0; shard < Items.SHARDS; shard++) {
      numbers[shard] = taskOfShard[shard] == task ? next++ : -1;
    }
    return numbers;
  }

  /**
   * Sends what an exchange claims, each task what concerns it.
   *
   * @param portrait null where no item is named and there is no census
   * @param census null for none; it goes with the first record
   */
  void send(
      Observation seen,
      long[] items,
      byte[] kinds,
      int size,
      byte[] portrait,
      byte[] census,
      Collector<byte[]> out) {
    byte[] untold = census;
    long[] some = new long[size];
    byte[] theirKinds = new byte[size];
    for (int task = 0; task < tasks; task++) {
      int filled = 0;
      boolean isNamed = untold != null;
      for (int i = 0; i < size; i++) {
        if (taskOfShard[Claims.shardOf(items[i])] == task) {
          some[filled] = items[i];
          theirKinds[filled++] = kinds[i];
          isNamed |= kinds[i] != Claims.COUNTED;
        }
      }
      if (filled > 0) {
        out.collect(
            Claims.bytes(
                seen.key, seen.at, some, theirKinds, filled, isNamed ? portrait : null, untold));
        untold = null;
      }
    }
    if (untold != null) {
      out.collect(Claims.bytes(seen.key, seen.at, some, theirKinds, 0, portrait, untold));
    }
  }
}
