package io.dualtrack.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.bench.Scratch;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SuspensionIT {

  @TempDir Path folder;

  @Test
  void onceASuspensionIsInForceNothingIsWrittenAndEveryRequestEndsInOneResult() throws Exception {
    SuspensionScenario scenario =
        new SuspensionScenario(
            300, 20, 1, Duration.ofMillis(500), new Scratch(folder), System.out::println);

    SuspensionScenario.Report report = scenario.run();

    System.out.println(SuspendCommand.figures(report));
    assertThat(report.verdict().problems()).isEmpty();
    assertThat(report.verdict().requests()).isEqualTo(530);
    assertThat(report.rounds())
        .hasSize(1)
        .allSatisfy(
            round -> {
              assertThat(round.callsAfter()).isZero();
              assertThat(round.brokenOffMillis()).isNotEmpty();
              assertThat(round.summary().total().refused()).isPositive();
              assertThat(round.summary().total().answered()).isPositive();
            });
  }
}
