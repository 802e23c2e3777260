package io.dualtrack.bench.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.jobs.abuse.AbuseThresholds;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExchangeFileTest {

  @TempDir private Path folder;

  @Test
  void theDetectorFindsACampaignInALogOfExchangesAndTheSameOneAgain() throws Exception {
    LogRecipe recipe =
        new LogRecipe(
            7,
            Family.TUNING,
            List.of("../../examples/acme.jsonl", "../../examples/globex.jsonl"),
            400,
            1.5,
            0,
            List.of(Campaign.V0),
            20,
            List.of(),
            0,
            8,
            2);
    MadeLog made = MadeLog.of(recipe, folder.resolve("exchanges"));
    DetectorRun.of(made.file(), folder.resolve("alerts"), AbuseThresholds.DEFAULT);
    DetectorRun.of(made.file(), folder.resolve("again"), AbuseThresholds.DEFAULT);

    Score score = made.score(folder.resolve("alerts"));
    assertThat(score.campaigns().get("V0").recall().value()).isGreaterThan(0.8);
    assertThat(score.harmed()).isEqualTo(Map.of());
    assertThat(made.asked().values()).allSatisfy(times -> assertThat(times).isSorted());
    assertThat(folder.resolve("again"))
        .hasContent(Files.readString(folder.resolve("alerts")).strip());
  }
}
