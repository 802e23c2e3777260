package io.dualtrack.inference.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ServiceClass;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a tenant notices of another one's backlog where requests per minute are the bound. */
class QuotaFairnessTest {

  private static final int BACKLOG = 100_000;
  private static final int LINES = 10;
  private static final long REQUESTS = 600;

  /** Not a divisor of a minute, so that each visit meets the quota at another moment. */
  private static final Duration BETWEEN_VISITS = Duration.ofMillis(7_300);

  /** Over the end of the first minute, when what was used in its first second comes back. */
  private static final int VISITS = 7;

  /**
   * @param lines waiting time of the last of ten lines
   * @param call waiting time of an interactive call
   */
  private record Visit(Duration lines, Duration call) {}

  private final Simulation simulation = new Simulation();
  private final CallFlow flow = simulation.flow(Lane.API, Set.of());

  QuotaFairnessTest() {
    simulation.publish(
        simulation.offering("a").setMaxConcurrency(1_000).setRequestsPerMinute(REQUESTS).build());
  }

  /**
   * @param name of the tenant too: each visit is somebody else's
   */
  private Visit visit(String name) {
    for (int i = 0; i < LINES; i++) {
      simulation.submit(flow, name + i, "a", name, ServiceClass.BATCH, 100, 100);
    }
    simulation.submit(flow, name + "call", "a", name, ServiceClass.INTERACTIVE, 100, 100);
    simulation.thread.advance(BETWEEN_VISITS);
    Duration lines = Duration.ZERO;
    for (int i = 0; i < LINES; i++) {
      Duration waited = simulation.waited.get(name + i);
      lines = waited.compareTo(lines) > 0 ? waited : lines;
    }
    return new Visit(lines, simulation.waited.get(name + "call"));
  }

  @ParameterizedTest
  @ValueSource(longs = 100)
  void tenLinesAndACallBesideAHundredThousandLinesWaitAtMostTwiceAsLongAsAlone(long callMillis) {
    simulation.provider = call -> new Simulation.Answer(Duration.ofMillis(callMillis), 200);
    Visit alone = visit("alone");
    for (int i = 0; i < BACKLOG; i++) {
      simulation.submit(flow, "acme" + i, "a", "acme", ServiceClass.BATCH, 100, 100);
    }
    Instant start = simulation.thread.now();
    simulation.thread.advance(Duration.ofSeconds(30));
    for (int i = 0; i < VISITS; i++) {
      Visit beside = visit("beside-" + i + "-");
      assertThat(beside.lines())
          .as("lines " + i)
          .isLessThanOrEqualTo(alone.lines().multipliedBy(2));
      assertThat(beside.call()).as("call " + i).isLessThanOrEqualTo(alone.call().multipliedBy(2));
    }
    long seconds = Duration.between(start, simulation.thread.now()).toSeconds();
    long calls = simulation.arrivals.stream().filter(call -> !call.at().isBefore(start)).count();
    assertThat(calls)
        .as("and the quota is used")
        .isGreaterThanOrEqualTo(seconds * REQUESTS / 60 * 95 / 100);
  }
}
