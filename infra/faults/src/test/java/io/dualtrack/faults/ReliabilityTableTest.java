package io.dualtrack.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.faults.ReliabilityTable.Row;
import io.dualtrack.faults.oracle.Check;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void theTableBeforeIsReplacedAndTheRestOfThePageStays() {
    String page =
        "above\n"
            + ReliabilityTable.BEGIN
            + "\nthe table before\n"
            + ReliabilityTable.END
            + "\nbelow";

    String made = ReliabilityTable.put(page, "how", List.of(GOOD));

    assertThat(made)
        .startsWith("above\n" + ReliabilityTable.BEGIN + "\nhow\n\n| scenario |")
        .endsWith("\n" + ReliabilityTable.END + "\nbelow")
        .doesNotContain("the table before");
  }

  @Test
  void aPageWithoutAPlaceForTheTableIsRefusedBeforeAnythingRuns(@TempDir Path folder)
      throws IOException {
    Path page = folder.resolve("page.md");
    Files.writeString(page, "nothing");

    assertThatThrownBy(() -> ReliabilityTable.page(page))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has no place for the table");
  }
}
