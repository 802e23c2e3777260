package io.dualtrack.local.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.local.readiness.Movable.OfTenant;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.RedTeamResult;
import io.dualtrack.schemas.ShadowMeasure;
import io.dualtrack.schemas.ShadowQuality;
import io.dualtrack.schemas.ShadowShare;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadinessFilesTest {

  private static final Instant NOW = Instant.parse("2026-06-21T12:00:00Z");

  @TempDir Path folder;

  @Test
  void whatWasNotMeasuredIsSaidToBeSo() {
    Readiness readiness = readiness(Map.of("acme", new OfTenant(10, 10, Map.of())), List.of());

    assertThat(readiness.obstacles())
        .anySatisfy(each -> assertThat(each).contains("not measured for acme"))
        .anySatisfy(each -> assertThat(each).contains("capacity"));
    assertThat(ReadinessFiles.markdown(readiness)).contains("Not measured: no request");
  }

  @Test
  void eachTaskHasItsOwnVerdict() {
    Readiness readiness =
        readiness(
            Map.of("acme", new OfTenant(10, 4, Map.of("PROC_REGION", 6L))),
            List.of(
                task("letters", new ShadowShare(ShadowMeasure.SAME_NUMBER, 900L, 890L, 890L, 890L)),
                task(
                    "contracts",
                    new ShadowShare(ShadowMeasure.FITS_SCHEMA, 500L, 499L, 400L, 400L))));

    String page = ReadinessFiles.markdown(readiness);

    assertThat(page)
        .contains("4 of 10 requests (40.0%)")
        .contains("| acme | 10 | 4 | PROC_REGION 6 |")
        .contains("| acme | letters | holds | same number | 900 | 98.9% | 98.0% … 99.4% |")
        .contains("| acme | contracts | loses | fits its schema, more often | 500 | -19.8% |");
    assertThat(readiness.obstacles())
        .contains("6 of 10 requests may not move", "contracts of acme: quality is lost");
  }

  @Test
  void pageJsonAndPlotsAreWritten() throws Exception {
    Readiness readiness =
        readiness(
            Map.of("acme", new OfTenant(10, 10, Map.of())),
            List.of(task("letters", new ShadowShare(ShadowMeasure.SAME_TEXT, 90L, 80L, 80L, 80L))));

    ReadinessFiles.write(readiness, folder.resolve("report"));

    Path report = folder.resolve("report");
    assertThat(Files.readString(report.resolve("readiness.md")))
        .contains("(quality.svg)", "prompt leak: 2 of 6 probes failed");
    assertThat(Files.readString(report.resolve("quality.svg"))).contains("<svg");
    JsonNode json = new ObjectMapper().readTree(report.resolve("readiness.json").toFile());
    JsonNode figure = json.at("/quality/tasks/0/figures/same_text");
    assertThat(figure.path("pairs").asInt()).isEqualTo(90);
    assertThat(figure.path("low").asDouble()).isLessThan(figure.path("value").asDouble());
  }

  @Test
  void whatBreaksIsSaidByNameAndInPlots() throws Exception {
    Offering ollama = BreaksTest.ollama(50L, 1_000L);
    Breaks breaks = new Breaks(ollama, Set.of("a", "b"));
    breaks.add(BreaksTest.request("a", "'n':2").build());
    breaks.add(BreaksTest.answered("a", 990, 60));

    Readiness readiness = readiness(ollama, Map.of(), List.of(), breaks);
    ReadinessFiles.write(readiness, folder);

    assertThat(readiness.obstacles())
        .contains(
            "1 of 1 requests ask for what it refuses: n",
            "what 1 requests ask for is not known",
            "1 answers were longer than its can be",
            "1 requests do not fit into its context");
    assertThat(Files.readString(folder.resolve("readiness.md")))
        .contains(
            "| `n` is refused | 1 |",
            "| parameters are not known | 1 |",
            "| answer is longer than its can be (50 tokens) | 1 |",
            "| prompt and answer do not fit into its context (1,000 tokens) | 1 |",
            "(breaks.svg)");
    JsonNode json = new ObjectMapper().readTree(folder.resolve("readiness.json").toFile());
    assertThat(json.at("/breaks/refused_parameters/n").asInt()).isEqualTo(1);
    assertThat(json.at("/breaks/beyond_context").asInt()).isEqualTo(1);
    assertThat(Files.readString(folder.resolve("breaks.svg"))).contains("<svg");
  }

  @Test
  void whatIsNotDeclaredIsNoZero() {
    Readiness readiness = readiness(Map.of(), List.of());

    assertThat(readiness.obstacles())
        .contains(
            "how long prompt and answer may be there is not declared",
            "how long an answer may be there is not declared");
    assertThat(ReadinessFiles.markdown(readiness))
        .contains("| answer is longer than its can be (not declared) | not known |")
        .doesNotContain("breaks.svg");
    assertThat(ReadinessFiles.json(readiness)).contains("\"beyond_context\" : null");
  }

  private static TaskQuality task(String name, ShadowShare share) {
    ShadowQuality quality =
        new ShadowQuality(
            "acme",
            name,
            "sol",
            "llama",
            List.of(TaskQualityTest.day("2026-06-21", share)),
            List.of(),
            0.95,
            NOW);
    return TaskQuality.of(quality, NOW, 0.05).orElseThrow();
  }

  private static Readiness readiness(Map<String, OfTenant> tenants, List<TaskQuality> tasks) {
    Offering to = TrafficAndCapacityTest.llama(null);
    return readiness(to, tenants, tasks, new Breaks(to, Set.of()));
  }

  private static Readiness readiness(
      Offering to, Map<String, OfTenant> tenants, List<TaskQuality> tasks, Breaks breaks) {
    Offering from = Offering.newBuilder(to).setId("sol").build();
    return new Readiness(
        NOW.minusSeconds(3_600),
        NOW,
        from,
        to,
        0.05,
        new Movable(10, tenants),
        tasks,
        new BigDecimal("12.5"),
        new BigDecimal("2.5"),
        0,
        new Traffic("sol", "llama"),
        Optional.empty(),
        breaks,
        List.of(
            RedTeamResult.newBuilder()
                .setOffering("llama")
                .setVersion("llama@0")
                .setKind("PROMPT_LEAK")
                .setSuite("0")
                .setAnswered(6)
                .setFailed(2)
                .setUnanswered(0)
                .setFailedProbes(List.of("leak-repeat"))
                .setTenant("acme")
                .setActor("ann")
                .setAt(NOW)
                .build()));
  }
}
