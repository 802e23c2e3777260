package io.dualtrack.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.bench.Scratch;
import io.dualtrack.faults.GatewayScenario.Moment;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatewayIT {

  @TempDir Path folder;

  @Test
  void nothingAcknowledgedIsLostAndEveryLineIsDeliveredOnceWhenTheGatewayIsKilled()
      throws Exception {
    GatewayScenario scenario =
        new GatewayScenario(
            600,
            EnumSet.of(Moment.UPLOADING, Moment.RELEASING, Moment.DOWNLOADING),
            new Scratch(folder),
            System.out::println);

    GatewayScenario.Report report = scenario.run();

    System.out.println(GatewayCommand.figures(report));
    assertThat(report.kills()).isEqualTo(3);
    assertThat(report.uploadLeftNothing()).isTrue();
    assertThat(report.inputKept()).isTrue();
    assertThat(report.sameBatch()).isTrue();
    assertThat(report.releasing()).isTrue();
    assertThat(report.downloadBroken()).isTrue();
    assertThat(report.verdict().missing()).isEmpty();
    assertThat(report.verdict().doubled()).isEmpty();
    assertThat(report.verdict().unasked()).isEmpty();
    assertThat(report.verdict().requests()).isEqualTo(600);
    assertThat(report.batch().completed()).isEqualTo(600);
    assertThat(report.inOrderOnce()).isTrue();
    assertThat(report.drains()).isTrue();
  }
}
