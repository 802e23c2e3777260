package io.dualtrack.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MarkedPageTest {

  private static final MarkedPage PAGE = new MarkedPage("bench all");

  @Test
  void theTableBeforeIsReplacedAndTheRestOfThePageStays() {
    String page = "above\n" + PAGE.begin() + "\nthe table before\n" + PAGE.end() + "\nbelow";

    assertThat(PAGE.put(page, "made\n"))
        .isEqualTo("above\n" + PAGE.begin() + "\nmade\n" + PAGE.end() + "\nbelow");
  }

  @Test
  void aPageWithoutAPlaceForTheTableIsRefusedBeforeAnythingRuns(@TempDir Path folder)
      throws IOException {
    Path page = folder.resolve("page.md");
    Files.writeString(page, "nothing");

    assertThatThrownBy(() -> PAGE.read(page))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has no place for the table");
  }

  @Test
  void aPageWhoseMarksStandTheOtherWayRoundIsRefused(@TempDir Path folder) throws IOException {
    Path page = folder.resolve("page.md");
    Files.writeString(page, PAGE.end() + "\n" + PAGE.begin());

    assertThatThrownBy(() -> PAGE.read(page)).isInstanceOf(IOException.class);
  }
}
