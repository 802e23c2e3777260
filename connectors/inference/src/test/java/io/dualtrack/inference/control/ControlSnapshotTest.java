package io.dualtrack.inference.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.inference.Samples;
import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Drill;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.RecommendedAction;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ControlSnapshotTest {

  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
  private static final Offering OFFERING = Samples.offering("sol-us", "http://localhost/v1");

  private static final DispatchOrder ORDER = Samples.order("o-1", OFFERING.getId());

  private static DispatchOrder ofTenant(String tenant) {
    return DispatchOrder.newBuilder(ORDER).setTenant(tenant).build();
  }

  private static DispatchOrder decidedUnder(long epoch) {
    return DispatchOrder.newBuilder(ORDER).setSuspensionEpoch(epoch).build();
  }

  private static ControlSnapshot restricted(ExportState state, long epoch, String... partners) {
    Suspension command = command(SuspensionScope.MODEL, true, epoch);
    command.setState(state);
    command.setPartners(List.of(partners));
    return ControlSnapshot.EMPTY.with(command);
  }

  private static String id(SuspensionScope scope) {
    return switch (scope) {
      case OFFERING -> OFFERING.getId();
      case MODEL -> OFFERING.getModel();
      case PROVIDER -> OFFERING.getProvider();
      case TENANT -> "acme";
      case DRILL -> throw new IllegalArgumentException("no suspension");
    };
  }

  private static Suspension command(SuspensionScope scope, boolean suspended, long epoch) {
    return Samples.suspension(scope, id(scope), suspended, epoch);
  }

  @ParameterizedTest
  @EnumSource(value = SuspensionScope.class, names = "DRILL", mode = EnumSource.Mode.EXCLUDE)
  void aSuspensionOfAnyScopeStopsTheCallAndItsResumptionLetsItGo(SuspensionScope scope) {
    ControlSnapshot suspended = ControlSnapshot.EMPTY.with(OFFERING).with(command(scope, true, 1));
    assertThat(suspended.halt(OFFERING, ORDER, NOW)).isPresent();
    assertThat(suspended.with(command(scope, false, 2)).halt(OFFERING, ORDER, NOW)).isEmpty();
  }

  @Test
  void aSuspendedTenantDoesNotStopAnother() {
    ControlSnapshot view = ControlSnapshot.EMPTY.with(command(SuspensionScope.TENANT, true, 1));
    assertThat(view.halt(OFFERING, ofTenant("globex"), NOW)).isEmpty();
  }

  @Test
  void anOlderCommandDoesNotUndoANewerOne() {
    ControlSnapshot view =
        ControlSnapshot.EMPTY
            .with(command(SuspensionScope.PROVIDER, true, 7))
            .with(command(SuspensionScope.PROVIDER, false, 6));
    assertThat(view.halt(OFFERING, ORDER, NOW)).isPresent();
  }

  @Test
  void aCommandThatCannotBeReadSuspends() {
    ControlSnapshot view =
        ControlSnapshot.EMPTY.withUnreadableSuspension("PROVIDER:" + OFFERING.getProvider(), NOW);
    assertThat(view.halt(OFFERING, ORDER, NOW)).isPresent();
  }

  @Test
  void anExportStateOfSuspendedStopsTheCall() {
    Offering shut = Offering.newBuilder(OFFERING).setExportState(ExportState.SUSPENDED).build();
    assertThat(ControlSnapshot.EMPTY.halt(shut, ORDER, NOW)).isPresent();
  }

  @Test
  void anOfferingIsKnownInItsLaneAndItsTimeOnly() {
    Offering bounded =
        Offering.newBuilder(OFFERING)
            .setEffectiveFrom(NOW)
            .setEffectiveTo(NOW.plusSeconds(60))
            .build();
    ControlSnapshot view = ControlSnapshot.EMPTY.with(bounded);
    assertThat(view.offering("sol-us", Lane.API, NOW)).isPresent();
    assertThat(view.offering("sol-us", Lane.LOCAL, NOW)).isEmpty();
    assertThat(view.offering("sol-us", Lane.API, NOW.minusSeconds(1))).isEmpty();
    assertThat(view.offering("sol-us", Lane.API, NOW.plusSeconds(60))).isEmpty();
    assertThat(view.withoutOffering("sol-us").offering("sol-us", Lane.API, NOW)).isEmpty();
  }

  @Test
  void anOrderDecidedBeforeARestrictionToPartnersGoesOnForPartnersOnly() {
    assertThat(restricted(ExportState.PARTNERS_ONLY, 7, "acme").halt(OFFERING, ORDER, NOW))
        .isEmpty();
    assertThat(restricted(ExportState.PARTNERS_ONLY, 7).halt(OFFERING, ORDER, NOW))
        .hasValueSatisfying(halt -> assertThat(halt.epoch()).isEqualTo(7));
    Offering own = Offering.newBuilder(OFFERING).setPartners(List.of("acme")).build();
    assertThat(restricted(ExportState.PARTNERS_ONLY, 7).halt(own, ORDER, NOW)).isEmpty();
  }

  @Test
  void anOrderDecidedBeforeARestrictionToUsPersonsIsDecidedAgainAndThenGoes() {
    ControlSnapshot view = restricted(ExportState.US_PERSONS_ONLY, 7);
    assertThat(view.halt(OFFERING, decidedUnder(6), NOW)).isPresent();
    assertThat(view.halt(OFFERING, decidedUnder(7), NOW)).isEmpty();
  }

  @Test
  void aSuspensionStopsAnOrderWhateverItsDecisionKnew() {
    assertThat(restricted(ExportState.SUSPENDED, 7).halt(OFFERING, decidedUnder(8), NOW))
        .isPresent();
  }

  @Test
  void theNewestCommandIsTheEpochAndOneThatCannotBeReadIsNone() {
    ControlSnapshot view = restricted(ExportState.SUSPENDED, 7);
    assertThat(ControlSnapshot.EMPTY.epoch()).isZero();
    assertThat(view.epoch()).isEqualTo(7);
    assertThat(view.withUnreadableSuspension("TENANT:acme", NOW).epoch()).isEqualTo(7);
    assertThat(
            view.withUnreadableSuspension("TENANT:acme", NOW)
                .with(command(SuspensionScope.TENANT, false, 8))
                .halt(Samples.offering("other", "http://localhost/v1"), ofTenant("acme"), NOW))
        .as("the model of both is still suspended")
        .isPresent();
  }

  @Test
  void aDrillStopsDrawnOrdersThatWereDecidedBeforeItAndOnlyWhileItRuns() {
    ControlSnapshot view = ControlSnapshot.EMPTY.with(drill("100", 7));
    assertThat(view.halt(OFFERING, decidedUnder(6), NOW))
        .hasValueSatisfying(
            halt -> {
              assertThat(halt.epoch()).isEqualTo(7);
              assertThat(halt.reason()).contains("drill d1");
            });
    assertThat(view.halt(OFFERING, decidedUnder(7), NOW)).as("judged there").isEmpty();
    assertThat(view.halt(OFFERING, decidedUnder(6), NOW.plusSeconds(60))).as("over").isEmpty();
    assertThat(view.epoch()).isEqualTo(7);
  }

  @Test
  void aDrillOfAShareStopsTheDrawnOrdersAlone() {
    Suspension half = drill("50", 7);
    LiveDrill drill = LiveDrill.of(half).orElseThrow();
    ControlSnapshot view = ControlSnapshot.EMPTY.with(half);
    List<DispatchOrder> orders =
        IntStream.range(0, 50).mapToObj(i -> Samples.order("o-" + i, OFFERING.getId())).toList();
    assertThat(orders)
        .allSatisfy(
            order ->
                assertThat(view.halt(OFFERING, order, NOW).isPresent())
                    .isEqualTo(drill.draws(order.getRequestId())))
        .anyMatch(order -> drill.draws(order.getRequestId()))
        .anyMatch(order -> !drill.draws(order.getRequestId()));
  }

  @Test
  void aDrillDoesNotTakeThePlaceOfTheSuspensionOfTheSameThing() {
    ControlSnapshot view =
        ControlSnapshot.EMPTY.with(command(SuspensionScope.MODEL, true, 6)).with(drill("100", 7));
    assertThat(view.halt(OFFERING, decidedUnder(8), NOW.plusSeconds(60))).isPresent();
    assertThat(view.halt(OFFERING, "acme")).as("and stops no job by itself").isPresent();
    assertThat(ControlSnapshot.EMPTY.with(drill("100", 7)).halt(OFFERING, "acme")).isEmpty();
  }

  @Test
  void aDrillThatCannotBeReadStopsNothing() {
    ControlSnapshot view =
        ControlSnapshot.EMPTY.withUnreadableSuspension("DRILL:MODEL:" + OFFERING.getModel(), NOW);
    assertThat(view.halt(OFFERING, ORDER, NOW)).isEmpty();
  }

  private static Suspension drill(String percent, long epoch) {
    Suspension record =
        Samples.suspension(SuspensionScope.DRILL, "MODEL:" + OFFERING.getModel(), false, epoch);
    record.setAt(NOW);
    record.setDrill(
        new Drill(
            "d1",
            SuspensionScope.MODEL,
            OFFERING.getModel(),
            new BigDecimal(percent).setScale(18),
            NOW.plusSeconds(60)));
    return record;
  }

  private static AccountAction suspended(String id, String account) {
    return AccountAction.newBuilder()
        .setActionId(id)
        .setTenant(ORDER.getTenant())
        .setAccount(account)
        .setAction(RecommendedAction.SUSPEND)
        .setActive(true)
        .setReason("shares a card with 40 others")
        .setActor("analyst")
        .setAt(NOW)
        .build();
  }

  private static AccountAction undone(AccountAction action) {
    return AccountAction.newBuilder(action)
        .setActionId("undo-" + action.getActionId())
        .setUndoes(action.getActionId())
        .setActive(false)
        .build();
  }

  private static void tell(SuspendedAccounts accounts, AccountAction action) {
    accounts.changed(
        String.join("/", action.getActionId(), action.getTenant(), action.getAccount()), action);
  }

  @Test
  void aSuspendedAccountStopsItsOrdersUnderASnapshotThatWasTakenBeforeAndNobodyElses() {
    SuspendedAccounts accounts = new SuspendedAccounts();
    ControlSnapshot view = ControlSnapshot.EMPTY.with(OFFERING).with(accounts);
    assertThat(view.halt(OFFERING, ORDER, NOW)).isEmpty();

    tell(accounts, suspended("act-1", ORDER.getAccount()));

    assertThat(view.halt(OFFERING, ORDER, NOW))
        .hasValueSatisfying(
            halt -> {
              assertThat(halt.reason()).contains("act-1").doesNotContain("card");
              // So that the topology holds nothing against the offering.
              assertThat(halt.epoch()).isEqualTo(ORDER.getSuspensionEpoch());
            });
    DispatchOrder other = DispatchOrder.newBuilder(ORDER).setAccount("another").build();
    assertThat(view.halt(OFFERING, other, NOW)).isEmpty();
    assertThat(view.halt(OFFERING, ofTenant("globex"), NOW)).isEmpty();
  }

  @Test
  void anUndoneSuspensionStopsNothingThoughTheUndoingCameFirst() {
    SuspendedAccounts accounts = new SuspendedAccounts();
    ControlSnapshot view = ControlSnapshot.EMPTY.with(OFFERING).with(accounts);
    AccountAction action = suspended("act-1", ORDER.getAccount());

    tell(accounts, undone(action));
    tell(accounts, action);

    assertThat(view.halt(OFFERING, ORDER, NOW)).isEmpty();
  }

  @Test
  void aSuspensionEndsByItselfAndAThrottleStopsNoCall() {
    SuspendedAccounts accounts = new SuspendedAccounts();
    ControlSnapshot view = ControlSnapshot.EMPTY.with(OFFERING).with(accounts);
    AccountAction bounded = suspended("act-1", ORDER.getAccount());
    bounded.setUntil(NOW);
    AccountAction throttle = suspended("act-2", ORDER.getAccount());
    throttle.setAction(RecommendedAction.THROTTLE);

    tell(accounts, bounded);
    tell(accounts, throttle);

    assertThat(view.halt(OFFERING, ORDER, NOW)).isEmpty();
    assertThat(view.halt(OFFERING, ORDER, NOW.minusMillis(1))).isPresent();
  }
}
