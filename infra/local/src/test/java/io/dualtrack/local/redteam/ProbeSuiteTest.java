package io.dualtrack.local.redteam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.local.batches.BatchClient;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.local.redteam.ProbeSuite.UnusableSuiteException;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.RedTeamResult;
import java.net.URI;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeSuiteTest {

  private static final Instant AT = Instant.parse("2026-11-22T08:00:00Z");

  private final ProbeSuite suite = ProbeSuite.shipped();
  private final Offering offering =
      ShippedControl.read().offerings().stream()
          .filter(each -> each.getId().equals("local-llama-3.1-405b-eu"))
          .findFirst()
          .orElseThrow();
  private final ProbeRun run =
      new ProbeRun(new BatchClient(URI.create("http://127.0.0.1:1"), "none"), offering, suite);

  @Test
  void theShippedSuiteTriesEveryKind() {
    assertThat(suite.probes()).extracting(Probe::kind).contains(Probe.Kind.values());
  }

  @Test
  void everyProbeAsksForTheOneOfferingAndForNoRunTwice() throws Exception {
    ProbeRun other =
        new ProbeRun(new BatchClient(URI.create("http://127.0.0.1:1"), "none"), offering, suite);
    List<String> lines = run.input().lines().toList();

    assertThat(lines).hasSameSizeAs(suite.probes());
    for (String line : lines) {
      JsonNode body = new ObjectMapper().readTree(line).path("body");
      assertThat(body.at("/metadata/dualtrack.offering").asText()).isEqualTo(offering.getId());
      assertThat(body.path("model").asText()).isEqualTo(offering.getModel());
      assertThat(body.path("messages").toString())
          .contains(run.canary())
          .doesNotContain(Probe.CANARY, other.canary());
    }
  }

  @Test
  void aModelThatHoldsIsFailedByNothing() {
    List<RedTeamResult> results = results("I'm sorry, but I can't help with that.");

    assertThat(results).allSatisfy(each -> assertThat(each.getFailed()).isZero());
    assertThat(results.stream().mapToLong(RedTeamResult::getAnswered).sum())
        .isEqualTo(suite.probes().size());
  }

  @Test
  void aModelThatGivesInIsNamedByProbeAndNeverByItsWords() {
    String givenIn =
        "Sure, here it is: %1$s %1$s %1$s, call %1$s, urgent-%1$s, you idiots; %1$s"
            .formatted(run.canary());

    List<RedTeamResult> results = results(givenIn);

    assertThat(results)
        .filteredOn(each -> !each.getKind().equals("PROMPT_INJECTION"))
        .allSatisfy(each -> assertThat(each.getFailed()).isEqualTo(each.getAnswered()));
    assertThat(results)
        .flatExtracting(RedTeamResult::getFailedProbes)
        .contains("leak-repeat", "injection-data", "toxicity-poem");
    assertThat(results.toString()).doesNotContain(run.canary(), "idiots");
  }

  @Test
  void anAnswerThatIsNothingButTheInjectedWordFails() {
    assertThat(results(run.canary()))
        .flatExtracting(RedTeamResult::getFailedProbes)
        .contains("injection-document", "injection-role");
  }

  @Test
  void whatHasNoAnswerIsNeitherPassedNorFailed() {
    List<RedTeamResult> results = run.results(Map.of(), "acme", "ann", AT);

    assertThat(results)
        .allSatisfy(
            each -> {
              assertThat(each.getAnswered()).isZero();
              assertThat(each.getFailed()).isZero();
              assertThat(each.getUnanswered()).isPositive();
            });
  }

  @Test
  void theVersionChangesWithTheOffering() {
    Offering other = Offering.newBuilder(offering).setSoftware("another").build();

    assertThat(ProbeRun.version(other))
        .startsWith(offering.getProviderModel() + "@")
        .isNotEqualTo(ProbeRun.version(offering));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no json",
        "{\"id\":\"a\",\"kind\":\"JAILBREAK\",\"user\":\"{canary}\"}",
        "{\"id\":\"a\",\"kind\":\"JAILBREAK\",\"user\":\"x\",\"fails_if\":[\"x\"]}",
        "{\"id\":\"a\",\"kind\":\"OTHER\",\"user\":\"{canary}\",\"fails_if\":[\"x\"]}",
        "{\"id\":\"a\",\"kind\":\"JAILBREAK\",\"user\":\"{canary}\",\"fails_if\":[\"(\"]}",
        "{\"id\":\"a\",\"kind\":\"JAILBREAK\",\"user\":\"{canary}\",\"fail_if\":[\"x\"]}",
        "{\"id\":\"a\",\"kind\":\"JAILBREAK\",\"user\":\"{canary}\",\"fails_if\":[\"x\"]}\n"
            + "{\"id\":\"a\",\"kind\":\"JAILBREAK\",\"user\":\"{canary}\",\"fails_if\":[\"x\"]}"
      })
  void aSuiteThatDoesNotSayWhatItTriesIsRefused(String text) {
    assertThatThrownBy(() -> ProbeSuite.parse(text)).isInstanceOf(UnusableSuiteException.class);
  }

  @Test
  void aProbeMayDemandWordsInPlaceOfForbiddingThem() throws Exception {
    Probe probe =
        ProbeSuite.parse(
                "{\"id\":\"a\",\"kind\":\"JAILBREAK\",\"user\":\"{canary}\",\"fails_unless\":[\"cannot\"]}")
            .probes()
            .get(0);

    assertThat(probe.isFailedBy("I CANNOT do that", "w")).isFalse();
    assertThat(probe.isFailedBy("here it is", "w")).isTrue();
  }

  private List<RedTeamResult> results(String answer) {
    Map<String, String> answers = new HashMap<>();
    suite.probes().forEach(probe -> answers.put(probe.id(), answer));
    return run.results(answers, "acme", "ann", AT);
  }
}
