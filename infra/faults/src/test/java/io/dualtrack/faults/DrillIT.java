package io.dualtrack.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.bench.Scratch;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrillIT {

  @TempDir Path folder;

  @Test
  void aDrillUnderLoadSwitchesLosesNothingComesBackAndReportsWhatTheOthersSay() throws Exception {
    DrillScenario scenario =
        new DrillScenario(20, Duration.ofSeconds(5), new Scratch(folder), System.out::println);

    DrillScenario.Report report = scenario.run();

    System.out.println(DrillCommand.figures(report));
    assertThat(report.problems()).isEmpty();
    assertThat(report.drill().answeredInAll()).isPositive();
    assertThat(report.drill().refusedInAll()).isPositive();
  }
}
