package io.dualtrack.inference.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ServiceClass;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/** Two instances, each with half of the lane's partitions, and a quota that is not enough. */
class SharedQuotaTest {

  private static final long REQUESTS = 600;
  private static final long TOKENS = 100_000;
  private static final int MINUTES = 5;

  private final Simulation simulation = new Simulation();
  private final CallFlow one = simulation.flow(Lane.API, Set.of());
  private final CallFlow other = simulation.flow(Lane.API, Set.of());
  private final Random random = new Random(7);
  private final Instant start = simulation.thread.now();

  SharedQuotaTest() {
    simulation.publish(
        simulation
            .offering("a")
            .setMaxConcurrency(500)
            .setRequestsPerMinute(REQUESTS)
            .setTokensPerMinute(TOKENS)
            .build());
    one.shareQuota(0.5);
    other.shareQuota(0.5);
    simulation.provider =
        call -> new Simulation.Answer(Duration.ofMillis(1_000 + random.nextInt(9_000)), 200);
  }

  private void backlog(int orders, long tokens, double estimateIsTimes) {
    for (int i = 0; i < orders; i++) {
      long used = tokens / 2 + (long) (random.nextDouble() * tokens);
      long estimated = (long) (used * estimateIsTimes * (0.5 + random.nextDouble()));
      simulation.submit(
          i % 2 == 0 ? one : other, "o" + i, "a", "acme", ServiceClass.BATCH, estimated, used);
    }
  }

  private long total(ToLongFunction<Simulation.Arrival> what) {
    return simulation.arrivals.stream()
        .filter(call -> call.at().isBefore(start.plus(Duration.ofMinutes(MINUTES))))
        .mapToLong(what)
        .sum();
  }

  /** The most in any minute, wherever it starts. */
  private long mostInAMinute(ToLongFunction<Simulation.Arrival> what) {
    long most = 0;
    long now = 0;
    int first = 0;
    for (Simulation.Arrival call : simulation.arrivals) {
      now += what.applyAsLong(call);
      while (!simulation.arrivals.get(first).at().plus(Duration.ofMinutes(1)).isAfter(call.at())) {
        now -= what.applyAsLong(simulation.arrivals.get(first++));
      }
      most = Math.max(most, now);
    }
    return most;
  }

  private static long one(Simulation.Arrival call) {
    return 1;
  }

  @Test
  void togetherTheyKeepToTheRequestsOfAMinuteAndUseThem() {
    backlog(4_000, 50, 1);
    simulation.thread.advance(Duration.ofMinutes(MINUTES));
    assertThat(mostInAMinute(SharedQuotaTest::one)).isLessThanOrEqualTo(REQUESTS * 101 / 100);
    assertThat(total(SharedQuotaTest::one)).isGreaterThanOrEqualTo(MINUTES * REQUESTS * 95 / 100);
  }

  @Test
  void togetherTheyKeepToTheTokensOfAMinuteAndUseThem() {
    backlog(2_000, 600, 1);
    simulation.thread.advance(Duration.ofMinutes(MINUTES));
    assertThat(mostInAMinute(Simulation.Arrival::tokens)).isLessThanOrEqualTo(TOKENS * 101 / 100);
    assertThat(total(Simulation.Arrival::tokens))
        .isGreaterThanOrEqualTo(MINUTES * TOKENS * 95 / 100);
  }

  @Test
  void anEstimateThatIsAlwaysFourTimesTooHighIsLearned() {
    backlog(2_000, 600, 4);
    simulation.thread.advance(Duration.ofMinutes(MINUTES));
    assertThat(mostInAMinute(Simulation.Arrival::tokens)).isLessThanOrEqualTo(TOKENS * 101 / 100);
    assertThat(total(Simulation.Arrival::tokens))
        .isGreaterThanOrEqualTo(MINUTES * TOKENS * 95 / 100);
  }

  @Test
  void anEstimateThatIsAlwaysFarTooLowIsLearned() {
    backlog(2_000, 600, 0.1);
    simulation.thread.advance(Duration.ofMinutes(MINUTES));
    assertThat(mostInAMinute(Simulation.Arrival::tokens)).isLessThanOrEqualTo(TOKENS * 101 / 100);
    assertThat(total(Simulation.Arrival::tokens))
        .isGreaterThanOrEqualTo(MINUTES * TOKENS * 95 / 100);
  }

  @Test
  void aShareThatMovesFromOneToTheOtherIsNotUsedTwice() {
    backlog(6_000, 50, 1);
    simulation.thread.advance(Duration.ofMinutes(1));
    for (int i = 0; i < 20; i++) {
      one.shareQuota(i % 2 == 0 ? 0.25 : 0.75);
      other.shareQuota(i % 2 == 0 ? 0.75 : 0.25);
      simulation.thread.advance(Duration.ofSeconds(12));
    }
    assertThat(mostInAMinute(SharedQuotaTest::one)).isLessThanOrEqualTo(REQUESTS * 101 / 100);
    assertThat(total(SharedQuotaTest::one)).isGreaterThanOrEqualTo(MINUTES * REQUESTS * 83 / 100);
  }
}
