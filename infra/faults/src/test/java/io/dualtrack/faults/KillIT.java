package io.dualtrack.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.bench.Scratch;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KillIT {

  @TempDir Path folder;

  @Test
  void everyLineHasExactlyOneResultWhenTopologyAndDispatchersAreKilledInMidBatch()
      throws Exception {
    KillScenario scenario = new KillScenario(5_000, new Scratch(folder), System.out::println);

    KillScenario.Report report = scenario.run();

    // The number of repeated calls is a figure to know, not a promise; the rest is.
    System.out.println(KillCommand.figures(report));
    assertThat(report.kills()).isEqualTo(5);
    assertThat(report.verdict().missing()).isEmpty();
    assertThat(report.verdict().doubled()).isEmpty();
    assertThat(report.verdict().unasked()).isEmpty();
    assertThat(report.verdict().requests()).isEqualTo(5_000);
    assertThat(report.summary().total().answered()).isEqualTo(5_000);
    assertThat(report.summary().costComplete()).isTrue();
  }
}
