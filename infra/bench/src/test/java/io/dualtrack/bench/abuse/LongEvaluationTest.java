package io.dualtrack.bench.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class LongEvaluationTest {

  private static final List<Path> TEXTS =
      List.of(Path.of("../../examples/acme.jsonl"), Path.of("../../examples/globex.jsonl"));

  private static final Instant NOON = Instant.parse("2026-06-02T12:00:00Z");

  @Test
  void everyKindOfHonestAccountIsInALongLogToo() throws Exception {
    LogRecipe recipe = LongEvaluation.recipe(Campaign.V0, 7, Family.TUNING, 1.5, TEXTS);

    assertThat(recipe.length().minusHours(recipe.startHour()))
        .isGreaterThanOrEqualTo(Duration.ofDays(45));
    assertThat(kinds(recipe.make().members()))
        .isEqualTo(kinds(Honest.of(world(), 2_000, 1.5, 0)))
        .contains("enterprise-batch", "campus", "reseller", "course", "scheduled-tool");
  }

  @Test
  void aLongCampaignIsToldOfBySeedAndForAllSeeds() throws Exception {
    EvaluationResults results = new EvaluationResults();
    for (int minutes : List.of(9, 30)) {
      Score score =
          Score.of(
              Map.of("h1", new Truth("h1", "V0", "V0", true)),
              Map.of("h1", List.of(NOON, NOON.plusSeconds(3_600))),
              List.of(new Score.Naming(NOON.plusSeconds(60L * minutes), "h1")));
      results.add("V0", AbuseEvaluationCommand.DETECTOR, score);
      results.add("V0", "seed " + minutes, score);
    }

    assertThat(EvaluationTables.lasting(results))
        .contains("| V0 | seed 9 |", "| 9 min | 50.000% (9.453–90.547), 1 of 2 |")
        .contains("| V0 | all seeds |", "| 30 min | 50.000% (15.004–84.996), 2 of 4 |");
  }

  private static Set<String> kinds(List<Member> members) {
    return members.stream()
        .filter(member -> !member.hidden())
        .map(Member::kind)
        .collect(Collectors.toSet());
  }

  private static World world() throws Exception {
    return new World(
        LogRecipe.BEGIN, Texts.read(TEXTS, Family.TUNING), Family.TUNING, new ClientShapes(), 7);
  }
}
