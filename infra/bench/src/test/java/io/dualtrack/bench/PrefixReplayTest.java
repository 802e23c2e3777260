package io.dualtrack.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.bench.PrefixReplay.Call;
import io.dualtrack.bench.PrefixReplay.Figures;
import io.dualtrack.bench.PrefixReplay.Setup;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PrefixReplayTest {

  private static final Setup SETUP = new Setup(4, 400, 8);

  /**
   * Conversations of which each turn repeats the ones before, mixed; all begin with one system
   * prompt.
   */
  private static List<Call> conversations() {
    Random random = new Random(5);
    List<List<Long>> open = new ArrayList<>();
    List<Call> trace = new ArrayList<>();
    long next = 1;
    double at = 0;
    for (int turn = 0; turn < 2_000; turn++) {
      List<Long> conversation;
      if (open.size() < 40) {
        conversation = new ArrayList<>(List.of(0L));
        open.add(conversation);
      } else {
        conversation = open.get(random.nextInt(open.size()));
      }
      int blocks = 1 + random.nextInt(5);
      for (int i = 0; i < blocks; i++) {
        conversation.add(next++);
      }
      at += 0.3;
      trace.add(
          new Call(
              at,
              conversation.stream().mapToLong(Long::longValue).toArray(),
              random.nextInt(200),
              conversation.size() * 2_048L));
      if (conversation.size() > 40) {
        open.remove(conversation);
      }
    }
    return trace;
  }

  @Test
  void batchTrafficComputesHardlyMoreThanOneCacheWithoutABound() {
    List<Call> trace = conversations();
    double unbounded = PrefixReplay.unbounded(trace);
    Figures batch = PrefixReplay.batch(trace, SETUP, 4_000, Long.MAX_VALUE);
    assertThat(batch.hitRate()).isGreaterThan(0.95 * unbounded);
    assertThat(Math.max(batch.loadRatio(), batch.blockRatio())).isLessThan(1.3);
    assertThat(PrefixReplay.roundRobin(trace, SETUP).hitRate()).isLessThan(0.6 * unbounded);
  }

  @Test
  void interactiveTrafficFindsItsConversationAgainWithoutCrowdingOneReplica() {
    List<Call> trace = conversations();
    double unbounded = PrefixReplay.unbounded(trace);
    Figures interactive = PrefixReplay.interactive(trace, SETUP);
    assertThat(interactive.hitRate()).isGreaterThan(0.78 * unbounded);
    assertThat(Math.max(interactive.loadRatio(), interactive.blockRatio())).isLessThan(1.3);
  }
}
