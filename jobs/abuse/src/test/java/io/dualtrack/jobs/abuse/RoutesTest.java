package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.flink.api.common.TaskInfoImpl;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.junit.jupiter.api.Test;

class RoutesTest {

  private static final int TASKS = 3;
  private static final int MOST_TASKS = 720;

  private final Routes routes =
      Routes.of(new TaskInfoImpl("follow accounts", MOST_TASKS, 0, TASKS, 0));
  private final long[] items =
      LongStream.rangeClosed(1, 18).map(Trait.SHINGLE::key).distinct().toArray();
  private final Observation seen = new Observation();

  @Test
  void aTaskGetsOneRecordWithAllItemsThatItCounts() {
    List<byte[]> sent = send(null, null);

    assertThat(sent).hasSize(TASKS);
    List<Long> told = new ArrayList<>();
    for (byte[] each : sent) {
      int task = task(Claims.shard(each));
      Claims claims = new Claims(each);
      for (int i = 0; i < claims.size(); i++) {
        assertThat(task(Claims.shardOf(claims.item(i)))).isEqualTo(task);
        told.add(claims.item(i));
      }
    }
    assertThat(told).containsExactlyInAnyOrderElementsOf(Arrays.stream(items).boxed().toList());
  }

  @Test
  void aCensusIsTakenOnce() {
    byte[] portrait = Claims.portrait(null, new Portrait());
    List<Claim> census = new ArrayList<>();
    for (byte[] each : send(portrait, Claims.census(true, new long[0], new long[] {7}))) {
      new Claims(each)
          .forEach(
              claim -> {
                if (claim.item == 0) {
                  census.add(claim);
                }
              });
    }

    assertThat(census).hasSize(1);
    assertThat(census.get(0).isNew).isTrue();
    assertThat(census.get(0).come).containsExactly(7);
  }

  @Test
  void everyShardIsOneTasksAlone() {
    int[] owners = new int[Items.SHARDS];
    for (int task = 0; task < TASKS; task++) {
      int[] numbers = routes.shardsOf(task);
      for (int shard = 0; shard < numbers.length; shard++) {
        owners[shard] += numbers[shard] >= 0 ? 1 : 0;
      }
    }

    assertThat(owners).containsOnly(1);
  }

  private List<byte[]> send(byte[] portrait, byte[] census) {
    List<byte[]> sent = new ArrayList<>();
    routes.send(
        seen,
        items,
        new byte[items.length],
        items.length,
        portrait,
        census,
        new ListCollector<>(sent));
    return sent;
  }

  private static int task(int shard) {
    return KeyGroupRangeAssignment.assignKeyToParallelOperator(shard, MOST_TASKS, TASKS);
  }
}
