package io.dualtrack.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.faults.ReliabilityTable.Row;
import io.dualtrack.faults.oracle.Check;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReliabilityTableTest {

  private static final Row GOOD =
      new Row(
          "kill",
          20_000,
          5,
          5,
          "12 of 1,500",
          List.of(new Check("outcomes", List.of()), new Check("ledger", List.of())),
          Duration.ofSeconds(61),
          true);

  @Test
  void aRunIsARowWithTheVerdictOfEachCheckThatItAsked() {
    assertThat(ReliabilityTable.text(List.of(GOOD)))
        .endsWith(
            "| kill | 20,000 | 5 | 5 | 12 of 1,500 | holds | – | – | holds | – | – | – | 61 | yes |\n");
  }

  @Test
  void aProblemShows() {
    Row bad =
        new Row(
            "kill",
            1,
            1,
            1,
            "",
            List.of(new Check("outcomes", List.of("lost", "lost"))),
            Duration.ZERO,
            false);

    assertThat(ReliabilityTable.text(List.of(bad))).contains("**2 problems**", "| **no** |");
  }
}
