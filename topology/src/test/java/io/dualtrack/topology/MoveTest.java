package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.policy;
import static io.dualtrack.policy.PolicyRecords.rule;
import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.completion;
import static io.dualtrack.topology.Records.failed;
import static io.dualtrack.topology.Records.request;
import static io.dualtrack.topology.Records.suspension;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.policy.PolicyRecords;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.ControlChange;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Move;
import io.dualtrack.schemas.MoveGates;
import io.dualtrack.schemas.MoveState;
import io.dualtrack.schemas.MoveWeight;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.RequestShare;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.RuleEffect;
import io.dualtrack.schemas.ShadowDay;
import io.dualtrack.schemas.ShadowMeasure;
import io.dualtrack.schemas.ShadowQuality;
import io.dualtrack.schemas.ShadowShare;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.Usage;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that go from one offering to another, step by step. */
class MoveTest {

  private static final String SOURCE = "gpt-api";
  private static final String TARGET = "llama-home";
  private static final String ANSWER = "{\"choices\":[]}";
  private static final Duration STEP = Duration.ofSeconds(60);

  /** Of each side at a step. */
  private static final int CALLS = 20;

  private static final Function<DispatchOrder, Completion> HEALTHY =
      order -> answered(order, ANSWER);

  /** The target fails, and the source answers. */
  private static final Function<DispatchOrder, Completion> FAILING =
      order -> order.getOffering().equals(TARGET) ? failed(order, 503) : answered(order, ANSWER);

  @TempDir Path folder;
  private TopologyHarness topology;
  private int requests;

  @BeforeEach
  void start() {
    topology = new TopologyHarness(folder).withControl();
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  @Test
  void theShareOfTheStepGoesToTheTargetFirstAndTheTrailSaysSo() {
    topology.move(move(20));

    List<DispatchOrder> orders = run(50, HEALTHY);

    assertThat(to(TARGET, orders)).hasSizeBetween(3, 20);
    List<RoutingDecision> decisions = topology.decisions();
    assertThat(decisions).hasSize(50);
    for (RoutingDecision each : decisions) {
      assertThat(each.getMove().getMove()).isEqualTo("m");
      assertThat(each.getMove().getPercent()).isEqualTo(20);
      assertThat(each.getPermitted())
          .isEqualTo(each.getMove().getMoved() ? List.of(TARGET, SOURCE) : List.of(SOURCE, TARGET));
    }
  }

  @Test
  void aMovePermitsNothing() {
    topology.move(move(100));
    topology.policy(policy("2", rule("no-llama", RuleEffect.DENY, "lane == 'LOCAL'").build()));

    assertThat(to(TARGET, run(5, HEALTHY))).isEmpty();
    assertThat(topology.decisions()).allSatisfy(each -> assertThat(each.getMove()).isNull());
  }

  @Test
  void aTargetThatIsSuspendedGetsNothingAndTheMoveWaits() {
    topology.move(move(100));
    topology.suspend(suspension(SuspensionScope.OFFERING, TARGET, ExportState.SUSPENDED, 1));

    assertThat(to(TARGET, run(5, HEALTHY))).isEmpty();
    topology.advance(STEP);
    assertThat(last().getState()).isEqualTo(MoveState.RUNNING);
  }

  @Test
  void aCallThatTheKillSwitchStoppedSaysNothingOfTheTarget() {
    topology.move(move(100));

    run(
        2,
        order ->
            order.getOffering().equals(TARGET)
                ? completion(order, CompletionStatus.SUSPENDED).setSuspensionEpoch(9).build()
                : HEALTHY.apply(order));
    topology.advance(STEP);

    assertThat(last().getTargetCalls()).isZero();
  }

  @Test
  void anotherTenantIsLeftAlone() {
    topology.move(move(100).setTenants(List.of("globex")));

    assertThat(to(TARGET, run(5, HEALTHY))).isEmpty();
  }

  @Test
  void aRegressionAtTwentyPercentTakesTheShareBackByItself() {
    topology.move(move(5, 20, 50, 100));
    step(5, HEALTHY);
    assertThat(last().getPercent()).isEqualTo(20);
    topology.readKeyed(Topics.CONTROL_HISTORY);
    topology.results();

    step(20, FAILING);

    MoveWeight returned = last();
    assertThat(returned.getState()).isEqualTo(MoveState.RETURNED);
    assertThat(returned.getPercent()).isZero();
    assertThat(returned.getReason()).contains("20 of 20 calls to " + TARGET + " failed");
    List<ControlChange> history =
        topology.readKeyed(Topics.CONTROL_HISTORY).stream().map(each -> each.value).toList();
    assertThat(history).extracting(ControlChange::getActor).containsExactly("dualtrack");
    assertThat(history).extracting(ControlChange::getRecord).containsExactly(returned);
    // Whoever met the regression was answered by the source.
    assertThat(topology.results())
        .hasSize(2 * CALLS)
        .allSatisfy(each -> assertThat(each.getOutcome()).isEqualTo(Outcome.ANSWERED));
    assertThat(to(TARGET, run(20, true, 5, HEALTHY))).isEmpty();
    assertThat(topology.counted("dualtrack.topology.moves", "what", "returned")).isEqualTo(1);

    topology.advance(Duration.ofDays(1));
    assertThat(to(TARGET, run(20, true, 5, HEALTHY))).isEmpty();
    assertThat(last().getReason()).isEqualTo(returned.getReason());
  }

  @Test
  void aTargetThatIsAsGoodTakesEveryStep() {
    topology.move(move(5, 20, 50, 100));

    for (int percent : List.of(5, 20, 50)) {
      assertThat(last().getPercent()).isEqualTo(percent);
      step(percent, HEALTHY);
    }
    assertThat(last().getPercent()).isEqualTo(100);
    assertThat(last().getState()).isEqualTo(MoveState.RUNNING);
    run(100, true, CALLS, HEALTHY);
    topology.advance(STEP);

    assertThat(last().getState()).isEqualTo(MoveState.DONE);
    assertThat(to(TARGET, run(5, HEALTHY))).hasSize(5);
  }

  @Test
  void noStepIsTakenBeforeItsTimeNorOnFewCalls() {
    topology.move(move(50, 100));
    run(50, true, CALLS, HEALTHY);
    run(50, false, CALLS, HEALTHY);
    assertThat(last().getPercent()).isEqualTo(50);

    topology.move(move(50, 100).setStartedAt(PolicyRecords.START.plusSeconds(1)));
    run(50, true, CALLS - 1, HEALTHY);
    run(50, false, CALLS, HEALTHY);
    topology.advance(STEP);
    assertThat(last().getPercent()).isEqualTo(50);
  }

  @Test
  void aTargetThatIsSlowIsLeft() {
    topology.move(move(50, 100).setGates(gates().setLatencyFactor(2.0).build()));

    run(50, false, CALLS, order -> lasting(order, Duration.ofSeconds(1)));
    run(50, true, CALLS, order -> lasting(order, Duration.ofSeconds(9)));

    assertThat(last().getState()).isEqualTo(MoveState.RETURNED);
    assertThat(last().getReason()).contains("took longer than 2").contains("95th percentile");
  }

  @Test
  void answersThatSayOtherwiseThanTheSourcesTakeTheShareBack() {
    topology.move(move(20, 100).setGates(gates().setLossPoints(5.0).build()));
    run(1, HEALTHY);
    // What was compared before the move says nothing of this step.
    topology.quality(quality(same(1_000, 1_000)));
    assertThat(last().getState()).isEqualTo(MoveState.RUNNING);

    topology.quality(quality(same(1_060, 1_100)));

    assertThat(last().getState()).isEqualTo(MoveState.RUNNING);
    topology.quality(quality(same(1_060, 1_300)));
    assertThat(last().getState()).isEqualTo(MoveState.RETURNED);
    assertThat(last().getReason()).contains("SAME_NUMBER in 1300 pairs");
  }

  @Test
  void whereAnswersAreAskedForNoStepIsTakenWithoutThem() {
    topology.move(move(50, 100).setGates(gates().setLossPoints(5.0).build()));
    step(50, HEALTHY);
    assertThat(last().getPercent()).isEqualTo(50);

    topology.quality(quality(same(300, 300)));

    assertThat(last().getPercent()).isEqualTo(100);
  }

  @Test
  void pairsOfOtherOfferingsSayNothing() {
    topology.move(move(20, 100).setGates(gates().setLossPoints(5.0).build()));
    run(1, HEALTHY);
    ShadowQuality other = quality(same(0, 1_000));
    other.setTo("mixtral-home");

    topology.quality(other);

    assertThat(last().getState()).isEqualTo(MoveState.RUNNING);
  }

  @Test
  void anOperatorStopsAMoveAtOnceWhateverItsShareIs() {
    topology.move(move(100));
    run(2, HEALTHY);

    topology.move(move(100).setStopped(true));

    assertThat(to(TARGET, run(5, HEALTHY))).isEmpty();
    topology.advance(STEP);
    assertThat(topology.rows("moves")).isZero();
  }

  @Test
  void aMoveThatIsStartedAgainBeginsAtItsFirstStep() {
    topology.move(move(50, 100));
    run(50, true, CALLS, FAILING);
    assertThat(last().getState()).isEqualTo(MoveState.RETURNED);

    topology.move(move(50, 100).setStartedAt(PolicyRecords.START.plusSeconds(1)));

    assertThat(to(TARGET, run(50, true, 5, HEALTHY))).hasSize(5);
    topology.advance(Duration.ofSeconds(5));
    assertThat(last().getPercent()).isEqualTo(50);
    assertThat(last().getTargetFailed()).isZero();
  }

  @Test
  void aMoveThatReturnedStaysSoWhereItsCountsAreLost() {
    topology.move(move(50, 100));
    run(50, true, CALLS, FAILING);
    assertThat(last().getState()).isEqualTo(MoveState.RETURNED);

    topology.lose("moves", "m");
    run(5, HEALTHY);
    topology.advance(STEP);

    assertThat(last().getState()).isEqualTo(MoveState.RETURNED);
    assertThat(last().getReason()).contains("failed");
  }

  private static Move.Builder move(Integer... steps) {
    return Move.newBuilder()
        .setId("m")
        .setFrom(SOURCE)
        .setTo(TARGET)
        .setSteps(List.of(steps))
        .setGates(gates().build())
        .setReason("cheaper")
        .setActor("operator")
        .setStartedAt(PolicyRecords.START);
  }

  private static MoveGates.Builder gates() {
    // As few calls as can be: GatekeeperTest has what many say.
    return MoveGates.newBuilder()
        .setSeconds(STEP.toSeconds())
        .setCalls(CALLS)
        .setFailurePoints(20)
        .setLatencyFactor(null);
  }

  private static Completion lasting(DispatchOrder order, Duration time) {
    return completion(order, CompletionStatus.ANSWERED)
        .setBody(ANSWER)
        .setUsage(Usage.newBuilder().setOutput(5).build())
        .setFinishedAt(order.getCreatedAt().plus(time))
        .build();
  }

  /** As many calls to each side as a step needs, and its time. */
  private void step(int percent, Function<DispatchOrder, Completion> completed) {
    run(percent, false, CALLS, completed);
    run(percent, true, CALLS, completed);
    topology.advance(STEP);
  }

  private List<DispatchOrder> run(int count, Function<DispatchOrder, Completion> completed) {
    return run(Stream.generate(() -> "r" + requests++).limit(count), completed);
  }

  /** Requests that a share chooses, or that it does not. */
  private List<DispatchOrder> run(
      int percent, boolean moved, int count, Function<DispatchOrder, Completion> completed) {
    return run(
        Stream.generate(() -> "r" + requests++)
            .filter(id -> RequestShare.draws("m", id, BigDecimal.valueOf(percent)) == moved)
            .limit(count),
        completed);
  }

  /** First orders of new requests; each is completed, and what is ordered in its place too. */
  private List<DispatchOrder> run(
      Stream<String> ids, Function<DispatchOrder, Completion> completed) {
    List<DispatchOrder> first = new ArrayList<>();
    for (String id : ids.toList()) {
      topology.request(
          request(id, chat(id)).setDeadline(PolicyRecords.START.plus(Duration.ofDays(60))));
      DispatchOrder order = topology.onlyOrder();
      first.add(order);
      topology.complete(completed.apply(order));
      for (DispatchOrder again : topology.orders()) {
        topology.complete(completed.apply(again));
      }
    }
    return first;
  }

  private static List<DispatchOrder> to(String offering, List<DispatchOrder> orders) {
    return orders.stream().filter(each -> each.getOffering().equals(offering)).toList();
  }

  private MoveWeight known;

  /** How the move stands. */
  private MoveWeight last() {
    for (MoveWeight each : topology.weights()) {
      known = each;
    }
    if (known == null) {
      topology.advance(Duration.ofSeconds(5));
      known = topology.weights().get(0);
    }
    return known;
  }

  private static ShadowShare same(long hits, long pairs) {
    return new ShadowShare(ShadowMeasure.SAME_NUMBER, pairs, hits, hits, hits);
  }

  private static ShadowQuality quality(ShadowShare share) {
    ShadowDay day =
        new ShadowDay(
            "2026-11-21",
            share.getPairs(),
            List.of(share),
            List.of(),
            0L,
            Usage.newBuilder().build(),
            Usage.newBuilder().build(),
            0L,
            0L,
            Map.of());
    return ShadowQuality.newBuilder()
        .setTenant("acme")
        .setTask("sums")
        .setFrom(SOURCE)
        .setTo(TARGET)
        .setDays(List.of(day))
        .setAt(PolicyRecords.START)
        .build();
  }
}
