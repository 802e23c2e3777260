package io.dualtrack.local.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class JavaProcessTest {

  /** Starts a process of its own and waits to be killed. */
  public static final class Parent {
    public static void main(String[] args) throws IOException, InterruptedException {
      JavaProcess child =
          JavaProcess.start(
              Child.class.getName(),
              List.of("-Xmx32m"),
              List.of(Path.of(System.getenv("TEST_CLASSES"))),
              Map.of(),
              Path.of(System.getenv("TEST_LOG")));
      System.out.println("child " + child.pid());
      Thread.sleep(TimeUnit.MINUTES.toMillis(2));
    }
  }

  /** Waits to be killed. */
  public static final class Child {
    public static void main(String[] args) throws InterruptedException {
      Thread.sleep(TimeUnit.MINUTES.toMillis(2));
    }
  }

  @TempDir Path folder;

  @Test
  void aProcessEndsWithItsParentAlsoWhenThatIsKilled() throws Exception {
    Path log = folder.resolve("parent.log");
    JavaProcess parent =
        JavaProcess.start(
            Parent.class.getName(),
            List.of("-Xmx64m"),
            List.of(testClasses()),
            Map.of("TEST_CLASSES", testClasses().toString(), "TEST_LOG", log + ".child"),
            log);
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(Files.readString(log)).contains("child "));
    long child = Long.parseLong(Files.readString(log).replaceAll("(?s).*child (\\d+).*", "$1"));
    assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isPresent();

    parent.kill();

    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> ProcessHandle.of(child).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void aProcessThatIsAskedToStopIsNotTakenForAnOrphan() throws Exception {
    Path log = folder.resolve("child.log");
    JavaProcess child =
        JavaProcess.start(
            Child.class.getName(), List.of("-Xmx32m"), List.of(testClasses()), Map.of(), log);

    child.stop();

    assertThat(child.exit().get(60, TimeUnit.SECONDS)).isEqualTo(128 + 15);
  }

  private static Path testClasses() throws Exception {
    return Path.of(
        JavaProcessTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }
}
