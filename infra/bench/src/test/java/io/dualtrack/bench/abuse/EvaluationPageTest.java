package io.dualtrack.bench.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.bench.abuse.EvaluationPage.Part;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationPageTest {

  @TempDir private Path folder;

  @Test
  void aPartThatIsRunAgainLeavesTheOthersAndWhatPeopleWroteAsTheyAre() throws Exception {
    EvaluationPage page = new EvaluationPage(folder.resolve("page.md"));
    page.put(Part.ABLATIONS, "blind to one");
    page.put(Part.SCENARIOS, "resold");
    Files.writeString(
        page.file(), Files.readString(page.file()).replace("# Evaluation", "What it means.\n# Ev"));

    page.put(Part.ABLATIONS, "blind to another");

    assertThat(Files.readString(page.file()))
        .startsWith("What it means.")
        .contains("resold", "blind to another")
        .doesNotContain("blind to one");
  }

  @Test
  void thePageOfTheProjectHasAPlaceForEachPart() throws Exception {
    Path copy = Files.copy(Path.of("../../docs/abuse-evaluation.md"), folder.resolve("page.md"));
    for (Part part : Part.values()) {
      new EvaluationPage(copy).put(part, "figures of " + part);
    }

    assertThat(Files.readString(copy)).contains("figures of DISGUISES", "**No honest organisation");
  }
}
