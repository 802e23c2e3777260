package io.dualtrack.topology.move;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.Move;
import io.dualtrack.schemas.MoveGates;
import io.dualtrack.schemas.MoveSide;
import io.dualtrack.schemas.MoveState;
import io.dualtrack.schemas.MoveTally;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GatekeeperTest {

  private static final Instant STARTED = Instant.parse("2026-11-21T08:00:00Z");
  private static final Instant LATER = STARTED.plusSeconds(600);
  private static final int RUNS = 200;
  private static final int CALLS = 2_000;

  @Test
  void aTargetThatFailsAsRarelyMayHaveMore() {
    assertThat(judge(side(1_000, 5), side(1_000, 5))).isInstanceOf(Verdict.Onward.class);
  }

  @Test
  void whatIsNotCertainWaits() {
    assertThat(judge(side(1_000, 5), side(210, 6))).isInstanceOf(Verdict.Wait.class);
  }

  @Test
  void whatIsCertainlyWorseGoesBack() {
    assertThat(judge(side(1_000, 5), side(60, 20)))
        .isInstanceOfSatisfying(
            Verdict.Back.class,
            back ->
                assertThat(back.why())
                    .isEqualTo(
                        "20 of 60 calls to b failed, and 5 of 1000 to a: 16.7 to 45.4 points more, where 2.0 are allowed"));
  }

  @Test
  void aFewFailuresSayNothing() {
    assertThat(judge(side(1_000, 0), side(19, 19))).isInstanceOf(Verdict.Wait.class);
  }

  @Test
  void aSourceThatFailsAsOftenIsNoReasonToGoBack() {
    assertThat(judge(side(300, 150), side(300, 150))).isInstanceOf(Verdict.Wait.class);
  }

  @Test
  void aTargetThatIsCalledAloneIsHeldAgainstOneThatNeverFails() {
    assertThat(judge(side(0, 0), side(60, 20))).isInstanceOf(Verdict.Back.class);
  }

  /** It is asked after every call, so the errors of all of these add up. */
  @ParameterizedTest
  @CsvSource({"0.002", "0.01", "0.05"})
  void anEqualTargetHardlyEverGoesBackHoweverOftenItIsAsked(double rate) {
    assertThat(returned(rate, rate)).isLessThanOrEqualTo(RUNS / 50);
  }

  @ParameterizedTest
  @CsvSource({"0.01, 0.10", "0.05, 0.25", "0, 0.10"})
  void aTargetThatIsMuchWorseAlwaysGoesBack(double source, double target) {
    assertThat(returned(source, target)).isEqualTo(RUNS);
  }

  /** Runs at a share of a fifth in which the move went back. */
  private static int returned(double sourceRate, double targetRate) {
    SplittableRandom random = new SplittableRandom(11);
    int returned = 0;
    for (int run = 0; run < RUNS; run++) {
      MoveTally tally = tally(side(0, 0), side(0, 0));
      Verdict verdict = new Verdict.Wait();
      for (int call = 0; call < CALLS && !(verdict instanceof Verdict.Back); call++) {
        boolean moved = random.nextInt(5) == 0;
        MoveSide side = moved ? tally.getTarget() : tally.getSource();
        side.setCalls(side.getCalls() + 1);
        if (random.nextDouble() < (moved ? targetRate : sourceRate)) {
          side.setFailed(side.getFailed() + 1);
        }
        if (moved) {
          verdict = Gatekeeper.judge(move(), tally, STARTED);
        }
      }
      returned += verdict instanceof Verdict.Back ? 1 : 0;
    }
    return returned;
  }

  private static Verdict judge(MoveSide source, MoveSide target) {
    return Gatekeeper.judge(move(), tally(source, target), LATER);
  }

  private static Move move() {
    return Move.newBuilder()
        .setId("m")
        .setFrom("a")
        .setTo("b")
        .setSteps(List.of(20, 100))
        .setGates(MoveGates.newBuilder().build())
        .setReason("cheaper")
        .setActor("operator")
        .setStartedAt(STARTED)
        .build();
  }

  private static MoveTally tally(MoveSide source, MoveSide target) {
    return MoveTally.newBuilder()
        .setStartedAt(STARTED)
        .setState(MoveState.RUNNING)
        .setStep(0)
        .setStepAt(STARTED)
        .setSource(source)
        .setTarget(target)
        .setReason("")
        .build();
  }

  private static MoveSide side(long calls, long failed) {
    return new MoveSide(calls, failed, new ArrayList<>());
  }
}
