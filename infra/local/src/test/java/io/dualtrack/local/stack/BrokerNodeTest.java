package io.dualtrack.local.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class BrokerNodeTest {

  private static final Path FOLDER = Path.of("folder");
  private static final BrokerNode ONE =
      new BrokerNode(1, FOLDER, 9_001, 9_101, List.of(new Detour("dispatcher-api", 9_201, 9_301)));
  private static final BrokerNode TWO = new BrokerNode(2, FOLDER, 9_002, 9_102, List.of());
  private static final BrokerNode THREE = new BrokerNode(3, FOLDER, 9_003, 9_103, List.of());

  @Test
  void threeNodesVoteAndKeepThreeCopiesOfWhichTwoMustBeInSync() {
    Properties settings = TWO.settings(List.of(ONE, TWO, THREE));

    assertThat(settings)
        .containsEntry(
            "controller.quorum.voters", "1@127.0.0.1:9101,2@127.0.0.1:9102,3@127.0.0.1:9103")
        .containsEntry("default.replication.factor", "3")
        .containsEntry("min.insync.replicas", "2")
        .containsEntry("transaction.state.log.min.isr", "2");
  }

  @Test
  void aNodeAloneKeepsOneCopy() {
    assertThat(TWO.settings(List.of(TWO)))
        .containsEntry("default.replication.factor", "1")
        .containsEntry("min.insync.replicas", "1");
  }

  @Test
  void whoComesByAnotherWayIsToldOfThatWayAndOthersAreNot() {
    Properties settings = ONE.settings(List.of(ONE, TWO, THREE));

    assertThat(settings)
        .containsEntry(
            "advertised.listeners",
            "PLAINTEXT://127.0.0.1:9001,WAY_DISPATCHER_API://127.0.0.1:9201")
        .containsEntry(
            "listeners",
            "PLAINTEXT://127.0.0.1:9001,WAY_DISPATCHER_API://127.0.0.1:9301,CONTROLLER://127.0.0.1:9101");
  }
}
