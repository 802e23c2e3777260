package io.dualtrack.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.bench.Scratch;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KillIT {

  @TempDir Path folder;

  @Test
  void theOracleHasNothingToSayWhenTopologyAndDispatchersAreKilledInMidBatch() throws Exception {
    ScenarioRun scenario =
        new ScenarioRun(Scenarios.kill(), 5_000, new Scratch(folder), System.out::println);

    ScenarioRun.Report report = scenario.run();

    System.out.println(ScenarioCommand.figures(report));
    assertThat(report.verdict().problems()).isEmpty();
    assertThat(report.missed()).isEmpty();
    assertThat(report.kills()).isEqualTo(5);
    assertThat(report.verdict().requests()).isEqualTo(5_000);
    assertThat(report.summary().total().answered()).isEqualTo(5_000);
    assertThat(report.summary().costComplete()).isTrue();
  }
}
