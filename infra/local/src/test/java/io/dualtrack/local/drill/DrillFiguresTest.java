package io.dualtrack.local.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Weights;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DrillFiguresTest {

  private static final Instant BEGUN = Instant.parse("2026-11-22T08:00:00Z");
  private static final Instant END = BEGUN.plusSeconds(20);
  private static final Map<String, BigDecimal> PRICES =
      Map.of("sol", new BigDecimal("3"), "llama", new BigDecimal("1"));

  static {
    AvroSerde.trustRecords();
  }

  private final LiveDrill drill =
      new LiveDrill(
          "d1", SuspensionScope.MODEL, "gpt", BigDecimal.valueOf(100), END, 7, "quarterly");
  private final DrillFigures figures =
      new DrillFigures(
          drill,
          BEGUN,
          List.of(offering("sol", "gpt"), offering("llama", "llama-3")),
          exchange ->
              exchange.getSource() == AnswerSource.CACHE
                  ? Optional.of(BigDecimal.ZERO)
                  : Optional.ofNullable(PRICES.get(exchange.getOffering())));

  @Test
  void whatTheDrillKeptAwayIsCountedWhereItWentWithWhatItCostHereAndThere() {
    figures.decision(drilled("r1", 1, 100, true));
    figures.decision(drilled("r2", 2, 200, true));
    figures.decision(drilled("r3", 1, 300, false));
    figures.decision(untouched("r4", 400, "llama"));
    figures.exchange(end("r1", Outcome.ANSWERED, "llama", AnswerSource.PROVIDER, 900));
    figures.exchange(end("r2", Outcome.ANSWERED, "llama", AnswerSource.CACHE, 950));
    figures.exchange(end("r3", Outcome.REFUSED, null, AnswerSource.NONE, 300));
    figures.exchange(end("r4", Outcome.ANSWERED, "llama", AnswerSource.PROVIDER, 980));

    DrillReport report = figures.report(true);

    assertThat(report.admitted()).isEqualTo(3);
    assertThat(report.requests()).isEqualTo(3);
    assertThat(report.again()).isEqualTo(1);
    assertThat(report.answered()).isEqualTo(Map.of("llama", 2L));
    assertThat(report.refused()).isEqualTo(Map.of("DRILL", 1L));
    assertThat(report.open()).isZero();
    assertThat(report.cost()).isEqualByComparingTo("1");
    assertThat(report.costThere()).isEqualByComparingTo("3");
    assertThat(report.mostWaiting()).isEqualTo(3);
    assertThat(report.drainedMillis()).isZero();
  }

  @Test
  void theLastCallThereSaysWhenItHadSwitchedWhateverCameOfIt() {
    figures.completion(call("r1", "sol", CompletionStatus.ANSWERED, -50, 1));
    figures.completion(call("r2", "sol", CompletionStatus.ANSWERED, 120, 1));
    figures.completion(call("r3", "sol", CompletionStatus.SUSPENDED, 340, 1));
    figures.completion(call("r4", "sol", CompletionStatus.SUSPENDED, 900, 0));
    figures.completion(call("r5", "llama", CompletionStatus.ANSWERED, 5_000, 1));
    figures.completion(call("r6", "sol", CompletionStatus.ANSWERED, 20_010, 1));

    assertThat(figures.report(true).switchedMillis()).isEqualTo(340);
    assertThat(figures.report(true).callsBehind()).isEqualTo(2);
  }

  @Test
  void theFirstDecisionThatLetsOneGoThereFirstSaysWhenItIsBack() {
    figures.decision(untouched("r1", 20_100, "llama"));
    figures.decision(untouched("r2", 20_150, "sol"));
    figures.decision(untouched("r3", 20_200, "sol"));

    assertThat(figures.report(true).backMillis()).isEqualTo(150);
    assertThat(figures.report(true).admitted()).isZero();
    assertThat(figures.settled()).isTrue();
  }

  @Test
  void aRequestWithoutAResultIsOpenAndNothingHasDrained() {
    figures.decision(drilled("r1", 1, 100, true));
    figures.decision(untouched("r2", 100, "sol"));
    figures.exchange(end("r1", Outcome.ANSWERED, "llama", AnswerSource.PROVIDER, 25_000));

    assertThat(figures.report(true).open()).isEqualTo(1);
    assertThat(figures.report(true).drainedMillis()).isEqualTo(5_000);
    assertThat(figures.report(true).smooth()).isFalse();

    figures.decision(drilled("r3", 1, 100, true));
    assertThat(figures.report(true).drainedMillis()).isNull();
  }

  @Test
  void theTopicsMayBeReadInAnyOrder() {
    figures.exchange(end("r1", Outcome.ANSWERED, "llama", AnswerSource.PROVIDER, 900));
    figures.decision(untouched("r1", 90, "sol"));
    figures.decision(drilled("r1", 2, 100, true));

    assertThat(figures.report(true).answered()).isEqualTo(Map.of("llama", 1L));
    assertThat(figures.report(true).open()).isZero();
  }

  @Test
  void whereTheFirstChoiceWasNotDrilledTheRequestIsNotTheDrills() {
    RoutingDecision decision = drilled("r1", 1, 100, true);
    List<Candidate> turned =
        List.of(decision.getCandidates().get(1), decision.getCandidates().get(0));
    decision.setCandidates(turned);

    figures.decision(decision);

    assertThat(figures.report(true).requests()).isZero();
    assertThat(figures.report(true).admitted()).isEqualTo(1);
  }

  @Test
  void aDrillThatWasEndedBeforeItsTimeIsMeasuredFromThere() {
    figures.endedAt(BEGUN.plusSeconds(5));
    figures.decision(untouched("r1", 5_300, "sol"));

    assertThat(figures.report(true).backMillis()).isEqualTo(300);
    assertThat(figures.report(true).interrupted()).isTrue();
    assertThat(figures.report(true).smooth()).isFalse();
  }

  /** Sol is kept away from; llama may answer, or is suspended. */
  private static RoutingDecision drilled(String id, int attempt, long millis, boolean movable) {
    Candidate sol = candidate("sol", Lane.API, List.of(new Reason("drill:d1", "DRILL", "drilled")));
    Candidate llama =
        candidate(
            "llama",
            Lane.LOCAL,
            movable ? List.of() : List.of(new Reason("drill:d1", "DRILL", "drilled")));
    RoutingDecision decision = decision(id, attempt, millis, List.of(sol, llama));
    decision.setDrills(List.of("d1"));
    return decision;
  }

  private static RoutingDecision untouched(String id, long millis, String first) {
    return decision(id, 1, millis, List.of(candidate(first, Lane.API, List.of())));
  }

  private static Candidate candidate(String offering, Lane lane, List<Reason> reasons) {
    return Candidate.newBuilder()
        .setOffering(offering)
        .setLane(lane)
        .setPermitted(reasons.isEmpty())
        .setReasons(reasons)
        .build();
  }

  private static RoutingDecision decision(
      String id, int attempt, long millis, List<Candidate> candidates) {
    List<String> permitted =
        candidates.stream().filter(Candidate::getPermitted).map(Candidate::getOffering).toList();
    return RoutingDecision.newBuilder()
        .setRequestId(id)
        .setTenant("acme")
        .setAccount("subject:x")
        .setAttempt(attempt)
        .setDecidedAt(BEGUN.plusMillis(millis))
        .setInputHash("")
        .setAttributes(List.of())
        .setJurisdictions(List.of())
        .setModel("gpt")
        .setPolicy("house")
        .setPolicyVersion("1")
        .setSuspensionEpoch(7)
        .setCandidates(candidates)
        .setPermitted(permitted)
        .setRefusal(
            permitted.isEmpty() ? List.of(new Reason("drill:d1", "DRILL", "drilled")) : List.of())
        .build();
  }

  private static Completion call(
      String id, String offering, CompletionStatus status, long millis, int calls) {
    return Completion.newBuilder()
        .setOrderId("o-" + id)
        .setCacheKey("k")
        .setFlight("f")
        .setRequestId(id)
        .setOffering(offering)
        .setLane(Lane.API)
        .setStatus(status)
        .setStatusCode(0)
        .setCalls(calls)
        .setStartedAt(BEGUN.plusMillis(millis))
        .setFinishedAt(BEGUN.plusMillis(millis + 100))
        .build();
  }

  private static Exchange end(
      String id, Outcome outcome, String offering, AnswerSource source, long millis) {
    return Exchange.newBuilder()
        .setExchangeId(id)
        .setRequestId(id)
        .setReplyKey(id)
        .setTenant("acme")
        .setAccount("seat-1")
        .setAt(BEGUN.plusMillis(millis))
        .setModel("gpt")
        .setOffering(offering)
        .setServiceClass(ServiceClass.BATCH)
        .setJurisdictions(List.of())
        .setOutcome(outcome)
        .setSource(source)
        .setRelations(Relations.newBuilder().build())
        .build();
  }

  private static Offering offering(String id, String model) {
    return Offering.newBuilder()
        .setId(id)
        .setModel(model)
        .setProviderModel(model)
        .setProvider("openai")
        .setLane(Lane.API)
        .setWeights(Weights.CLOSED)
        .setDialect("openai")
        .setEndpoint("sandbox")
        .setProcessingRegions(List.of("EU"))
        .setStorageRegions(List.of("EU"))
        .setProviderCountry("US")
        .setAttestations(List.of())
        .setExportState(ExportState.OPEN)
        .setPartners(List.of())
        .setMaxConcurrency(10)
        .setTimeoutSeconds(60)
        .setEffectiveFrom(Instant.EPOCH)
        .build();
  }
}
