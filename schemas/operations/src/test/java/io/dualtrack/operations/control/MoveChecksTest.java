package io.dualtrack.operations.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Move;
import io.dualtrack.schemas.MoveGates;
import io.dualtrack.schemas.MoveState;
import io.dualtrack.schemas.MoveWeight;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Weights;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MoveChecksTest {

  private static final Instant START = Instant.parse("2026-11-22T08:00:00Z");
  private static final ControlSet KNOWN =
      new ControlSet(
          List.of(), List.of(offering("a"), offering("b"), offering("c")), List.of(), List.of());

  @Test
  void aMoveBetweenTwoOfferingsOfTheCatalogueMayStart() {
    assertThat(problems(move("m").build())).isEmpty();
  }

  @Test
  void whatTheCatalogueDoesNotKnowIsNamed() {
    assertThat(problems(move("m").setFrom("x").setTo("y").setTenants(List.of("nobody")).build()))
        .containsExactly(
            "no offering has the id x", "no offering has the id y", "no tenant has the id nobody");
  }

  @Test
  void anOfferingIsNotMovedToItself() {
    assertThat(problems(move("m").setTo("a").build())).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"0, 50", "50, 50", "50, 20", "50, 101"})
  void stepsGrowFromAboveNothingToAll(int first, int second) {
    assertThat(problems(move("m").setSteps(List.of(first, second)).build())).hasSize(1);
  }

  @Test
  void aStepLastsAsLongAsACallMay() {
    assertThat(problems(move("m").setGates(gates().setSeconds(119).build()).build()))
        .singleElement()
        .asString()
        .contains("120 seconds");
  }

  @Test
  void tooFewCallsSayNothing() {
    assertThat(problems(move("m").setGates(gates().setCalls(19).build()).build())).hasSize(1);
  }

  @Test
  void twoMovesFromOneOfferingAreAtOddsUnlessOneIsOver() {
    Move other = move("other").setTo("c").build();

    assertThat(MoveChecks.of(move("m").build(), KNOWN, List.of(other), List.of())).hasSize(1);
    assertThat(
            MoveChecks.of(
                move("m").build(), KNOWN, List.of(other), List.of(weight(MoveState.DONE))))
        .hasSize(1);
    assertThat(
            MoveChecks.of(
                move("m").build(), KNOWN, List.of(other), List.of(weight(MoveState.RETURNED))))
        .isEmpty();
    other.setStopped(true);
    assertThat(MoveChecks.of(move("m").build(), KNOWN, List.of(other), List.of())).isEmpty();
  }

  @Test
  void theSameMoveMayBeStartedAgain() {
    assertThat(MoveChecks.of(move("m").build(), KNOWN, List.of(move("m").build()), List.of()))
        .isEmpty();
  }

  private static List<String> problems(Move move) {
    return MoveChecks.of(move, KNOWN, List.of(), List.of());
  }

  private static Move.Builder move(String id) {
    return Move.newBuilder()
        .setId(id)
        .setFrom("a")
        .setTo("b")
        .setSteps(List.of(5, 20, 50, 100))
        .setGates(gates().build())
        .setReason("cheaper")
        .setActor("ann")
        .setStartedAt(START);
  }

  private static MoveGates.Builder gates() {
    return MoveGates.newBuilder();
  }

  private static MoveWeight weight(MoveState state) {
    return MoveWeight.newBuilder()
        .setMove("other")
        .setStartedAt(START)
        .setState(state)
        .setPercent(0)
        .setReason("")
        .setStepAt(START)
        .setSourceCalls(0)
        .setSourceFailed(0)
        .setTargetCalls(0)
        .setTargetFailed(0)
        .setPairs(0)
        .setAt(START)
        .build();
  }

  private static Offering offering(String id) {
    return Offering.newBuilder()
        .setId(id)
        .setModel("m")
        .setProviderModel("m")
        .setProvider("p")
        .setLane(Lane.LOCAL)
        .setWeights(Weights.OPEN)
        .setDialect("openai")
        .setEndpoint("sandbox")
        .setProcessingRegions(List.of("EU"))
        .setStorageRegions(List.of("EU"))
        .setProviderCountry("DE")
        .setAttestations(List.of())
        .setExportState(ExportState.OPEN)
        .setPartners(List.of())
        .setMaxConcurrency(10)
        .setTimeoutSeconds(120)
        .setEffectiveFrom(Instant.EPOCH)
        .build();
  }
}
