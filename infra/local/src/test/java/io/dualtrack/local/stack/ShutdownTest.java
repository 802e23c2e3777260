package io.dualtrack.local.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.local.stack.Shutdown.Stage;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class ShutdownTest {

  private final List<String> closed = new CopyOnWriteArrayList<>();
  private final Shutdown shutdown = new Shutdown();

  @Test
  void usersAreStoppedBeforeWhatTheyUseInWhateverOrderTheyStarted() {
    shutdown.add(Stage.BROKER, "broker", () -> closed.add("broker"));
    shutdown.add(Stage.SERVICES, "topology", () -> closed.add("topology"));
    shutdown.add(Stage.HTTP, "http", () -> closed.add("http"));
    shutdown.add(Stage.JOBS, "jobs", () -> closed.add("jobs"));

    shutdown.run();
    shutdown.run();

    assertThat(closed).containsExactly("jobs", "topology", "broker", "http");
  }

  @Test
  void aPartThatFailsToStopDoesNotKeepTheOthersRunning() {
    shutdown.add(
        Stage.JOBS,
        "jobs",
        () -> {
          throw new IllegalStateException("cannot stop");
        });
    shutdown.add(Stage.BROKER, "broker", () -> closed.add("broker"));

    shutdown.run();

    assertThat(closed).containsExactly("broker");
  }

  @Test
  void aPartThatStartsWhileTheStackStopsIsStoppedAtOnce() {
    shutdown.run();

    shutdown.add(Stage.SERVICES, "late", () -> closed.add("late"));

    assertThat(closed).containsExactly("late");
  }
}
